# Computes with R what tests/rfe_labour/inference expects, from the transcription
# in data/. Run from the project's root, on one line, and commit the JSON that it writes:
#   Rscript tests/reference/inference.R
suppressPackageStartupMessages({
  library(sandwich)
  library(MASS)
  library(jsonlite)
})

tables <- c(primorye = "table1", khabarovsk = "table3", amur = "table4")

read_table <- function(name) {
  cells <- read.csv(file.path("data", paste0(name, ".csv")), colClasses = "character")
  column <- function(measure) {
    own <- cells[cells$measure == measure, ]
    as.numeric(gsub(",", "", own$printed[order(own$year)]))
  }
  data.frame(
    year = sort(unique(as.numeric(cells$year))),
    workers = column("workers"),
    share = column("share") / 100
  )
}

glm_values <- function(model) {
  list(
    coefficients = unname(coef(model)),
    hc0 = unname(vcovHC(model, type = "HC0")),
    hc3 = unname(vcovHC(model, type = "HC3")),
    dispersion = sum(residuals(model, "pearson")^2) / df.residual(model)
  )
}

region_values <- function(name) {
  d <- read_table(name)
  d$time <- d$year - d$year[1]
  line <- lm(log(workers) ~ year, d)
  hc3 <- sqrt(vcovHC(line, type = "HC3")[2, 2])
  slope <- coef(line)[[2]]
  df <- df.residual(line)
  newey_west <- function(adjust) {
    sqrt(NeweyWest(line, lag = 2, prewhite = FALSE, adjust = adjust)[2, 2])
  }
  rank <- cor.test(d$year, d$workers, method = "kendall", exact = TRUE)
  trials <- round(d$workers / d$share)
  list(
    years = d$year,
    workers = d$workers,
    share = d$share,
    trials = trials,
    log_ols = list(
      slope = slope,
      classical_se = coef(summary(line))[2, 2],
      hc3_se = hc3,
      hc3_p = 2 * pt(-abs(slope / hc3), df),
      hc3_interval = slope + c(-1, 1) * qt(0.975, df) * hc3,
      hac_se = newey_west(FALSE),
      hac_corrected_se = newey_west(TRUE),
      lag1 = unname(acf(residuals(line), plot = FALSE, demean = FALSE)$acf[2])
    ),
    kendall = list(tau = unname(rank$estimate), p = rank$p.value),
    fractional_logit = glm_values(
      glm(share ~ time, quasibinomial, d, control = glm.control(1e-14, 100))
    ),
    weighted_logit = glm_values(
      glm(workers / trials ~ time, quasibinomial, d,
        weights = trials,
        control = glm.control(1e-14, 100)
      )
    ),
    quasi_poisson = glm_values(
      glm(workers ~ time, quasipoisson, d, control = glm.control(1e-14, 100))
    ),
    # A link that is not canonical, and a fixed theta = 5.
    negative_binomial = glm_values(
      glm(workers ~ time, negative.binomial(5), d, control = glm.control(1e-14, 100))
    )
  )
}

detectable <- function(n, level, power) {
  critical <- qt((1 + level) / 2, n - 2)
  delta <- uniroot(
    function(delta) {
      pt(critical, n - 2, delta, lower.tail = FALSE) + pt(-critical, n - 2, delta) - power
    },
    c(0, 50), tol = 1e-12
  )$root
  delta / sqrt(sum((seq_len(n) - (n + 1) / 2)^2))
}

cases <- expand.grid(n = c(5, 11, 14), level = c(0.9, 0.95), power = c(0.5, 0.8))

write_json(
  list(
    versions = list(
      R = paste(R.version$major, R.version$minor, sep = "."),
      sandwich = as.character(packageVersion("sandwich")),
      MASS = as.character(packageVersion("MASS")),
      jsonlite = as.character(packageVersion("jsonlite"))
    ),
    regions = lapply(tables, region_values),
    detectable = cbind(cases, slope = mapply(detectable, cases$n, cases$level, cases$power))
  ),
  "tests/reference/inference.json",
  digits = I(15), pretty = TRUE, auto_unbox = TRUE
)
