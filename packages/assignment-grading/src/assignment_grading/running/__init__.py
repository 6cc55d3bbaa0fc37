"""Run submissions in isolation, and test them where their code never was."""
