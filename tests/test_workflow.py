"""The workflow's rules that are ours; `make lint` holds it to those of everyone."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".github" / "workflows"
TEXT = (FOLDER / "book.yml").read_text(encoding="utf-8")
CANARY = (FOLDER / "canary.yml").read_text(encoding="utf-8")

PINNED = {
    ("actions/checkout", "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    ("actions/upload-artifact", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
    ("actions/cache", "27d5ce7f107fe9357f9df03efb73ab90386fccae", "v5.0.5"),
    (
        "actions/upload-pages-artifact",
        "fc324d3547104276b827a68afc52ff2a11cc49c9",
        "v5.0.0",
    ),
    ("actions/deploy-pages", "cd2ce8fcbc39b97be8ca5fce6e763baed58fa128", "v5.0.0"),
    ("astral-sh/setup-uv", "20cfd1bf945f4377ade1205e4dbc17946fc9a30d", "v10.0.1"),
}
"""The actions that were reviewed, each with its commit and the version that it is."""


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load(TEXT)
    # YAML 1.1 reads the key `on` as a truth value.
    content["on"] = content.pop(True)
    return content


def steps(workflow: dict[Any, Any], *jobs: str) -> list[dict[str, Any]]:
    return [
        step
        for name, job in workflow["jobs"].items()
        if name in jobs or not jobs
        for step in job["steps"]
    ]


def commands(workflow: dict[Any, Any], *jobs: str) -> list[str]:
    return [step["run"] for step in steps(workflow, *jobs) if "run" in step]


def made(workflow: dict[Any, Any], *jobs: str) -> list[str]:
    """The targets that the steps of jobs make."""
    return re.findall(r"\bmake (\w+)", "\n".join(commands(workflow, *jobs)))


def test_each_action_is_one_that_was_reviewed_pinned_by_its_commit() -> None:
    used = re.findall(r"^ +(?:- )?uses: (.*)$", TEXT + CANARY, flags=re.MULTILINE)
    assert used
    for line in used:
        found = re.match(r"([\w/-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)\b", line)
        assert found, line
        assert found.groups() in PINNED, line


def test_a_job_that_may_write_runs_no_code_of_the_project_and_no_pull_request(
    workflow: dict[Any, Any],
) -> None:
    for name, job in workflow["jobs"].items():
        if "write" in job["permissions"].values():
            assert "github.event_name == 'push'" in job["if"]
            assert set(job["needs"]) == {"test", "book"}
            assert made(workflow, name) == []
            assert "checkout" not in str(job["steps"])


def test_a_pull_request_is_tested_built_and_compared_and_main_and_tags_as_well(
    workflow: dict[Any, Any],
) -> None:
    assert set(workflow["on"]) == {"pull_request", "push"}
    assert workflow["on"]["pull_request"] is None
    assert workflow["on"]["push"] == {"branches": ["main"], "tags": ["v*"]}
    assert made(workflow, "test") == [
        "test",
        "browser",
        "faults",
        "environment",
        "alone",
        "reproduce",
        "licences",
    ]
    assert made(workflow, "book") == ["pdf", "epub", "book", "package", "report"]
    assert made(workflow, "conformance") == ["conformance"]
    assert made(workflow, "audit") == ["audit"]
    assert not {"if", "needs"} & {*workflow["jobs"]["test"], *workflow["jobs"]["book"]}
    required = workflow["jobs"]["test"]["env"]
    assert required["REQUIRE_BROWSER"] == required["REQUIRE_JAVA"] == "1"


def test_what_is_published_knows_its_address_and_its_commit(
    workflow: dict[Any, Any],
) -> None:
    told = workflow["jobs"]["book"]["env"]
    addresses = (ROOT / "src/book_site/addresses.py").read_text(encoding="utf-8")
    assert set(told) == set(re.findall(r"BOOK_[A-Z_]+", addresses))
    assert told["BOOK_REPOSITORY_REF"] == "${{ github.sha }}"


def test_each_target_that_it_makes_is_one_of_the_makefile(
    workflow: dict[Any, Any],
) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    assert set(made(workflow)) <= targets


def test_what_was_built_is_kept_though_the_comparison_fails(
    workflow: dict[Any, Any],
) -> None:
    (kept,) = (
        step
        for step in steps(workflow, "book")
        if step.get("with", {}).get("name") == "book"
    )
    assert kept["if"] == "${{ !cancelled() }}"
    assert {
        "_build/html",
        "_build/reports",
        "_build/report.html",
        "_build/*.pdf",
        "_build/*.epub",
    } <= set(kept["with"]["path"].split())


def test_the_report_is_published_with_the_site_unless_a_result_has_moved(
    workflow: dict[Any, Any],
) -> None:
    """bash ends a step with the first command that fails, in a pipe too."""
    (step,) = (it for it in commands(workflow, "book") if "make report" in it)
    lines = step.splitlines()
    assert lines[-2].startswith("make report | tee ")
    assert lines[-1] == "cp _build/report.html _build/html/"
    assert workflow["defaults"]["run"]["shell"] == "bash"


def test_a_release_holds_the_pdf_the_epub_and_the_package(
    workflow: dict[Any, Any],
) -> None:
    of = {
        kind: step["run"]
        for step in steps(workflow, "release")
        for kind in ("tag", "branch")
        if f"github.ref_type == '{kind}'" in step.get("if", "")
    }
    assert set(of) == {"tag", "branch"}
    for script in of.values():
        joined = script.replace("\\\n", " ")
        assert re.search(
            r"gh release \w+ .* book/\*\.pdf +book/\*\.epub +book/\*\.zip", joined
        )
    # What main holds is never taken for a version.
    assert "create latest --prerelease" in of["branch"]


def test_a_new_push_stops_the_run_of_a_pull_request_and_never_a_publication(
    workflow: dict[Any, Any],
) -> None:
    whole, publish = workflow["concurrency"], workflow["jobs"]["publish"]["concurrency"]
    assert "github.ref" in whole["group"]
    assert whole["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"
    assert publish["cancel-in-progress"] is False


def test_a_cache_is_known_by_the_lock_the_data_and_the_source(
    workflow: dict[Any, Any],
) -> None:
    cached = [
        step["with"]
        for step in steps(workflow)
        if step.get("uses", "").startswith("actions/cache@")
    ]
    assert len(cached) == 1
    for part in ("uv.lock", "data/**", "packages/**", "src/**", "book/**"):
        assert f"'{part}'" in cached[0]["key"]


def test_a_failing_command_in_a_pipe_fails_its_step(workflow: dict[Any, Any]) -> None:
    # GitHub sets pipefail for a shell that is named.
    assert workflow["defaults"]["run"]["shell"] == "bash"


def test_a_checkout_brings_the_history_which_has_the_dates(
    workflow: dict[Any, Any],
) -> None:
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["fetch-depth"] == 0


def test_the_published_pages_are_those_of_the_oldest_python(
    workflow: dict[Any, Any],
) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    assert workflow["env"] == {"PYTHON": f"python{oldest}"}
    for job in ("test", "book"):
        run = commands(workflow, job)
        first = next(number for number, it in enumerate(run) if "make" in it)
        assert f"uv python install {oldest}" in run[:first]


def test_each_run_of_the_tests_has_a_report_of_its_own(
    workflow: dict[Any, Any],
) -> None:
    reports = {
        step["run"]: step.get("env", {}).get("PYTEST_ADDOPTS")
        for step in steps(workflow, "test")
        if "PYTEST_ADDOPTS" in step.get("env", {})
    }
    assert reports == {
        f"make {name}": f"--junitxml=_build/reports/{name}.xml"
        for name in ("test", "browser", "faults", "environment", "alone")
    }


def test_uv_is_that_of_the_lock(workflow: dict[Any, Any]) -> None:
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    (version,) = (entry["version"] for entry in locked if entry["name"] == "uv")
    for step in steps(workflow):
        if step.get("uses", "").startswith("astral-sh/setup-uv@"):
            assert step["with"]["version"] == version


def test_the_canary_flies_every_week_and_may_fall() -> None:
    canary = yaml.safe_load(CANARY)
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", canary[True]["schedule"][0]["cron"])
    assert all(job["continue-on-error"] is True for job in canary["jobs"].values())
    assert made(canary, "canary") == ["canary", "science"]
    assert made(canary, "sphinx") == ["sphinx"]
    assert made(canary, "outside") == ["links", "audit"]
