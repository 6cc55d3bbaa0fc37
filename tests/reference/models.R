# The reference values of tests/rfe_labour/models/test_trends.py and test_shares.py, by R.
#
#     Rscript tests/reference/models.R > tests/reference/models.json
#
# Years are centred on their mean, so that every "intercept" belongs to the middle of
# the period. Standard errors of type HC3 are sandwich::vcovHC's, with p-values from
# Student's t with n - 2 degrees of freedom.

suppressPackageStartupMessages({
  library(jsonlite)
  library(MASS)
  library(sandwich)
})

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
tight <- glm.control(epsilon = 1e-12, maxit = 200)

printed <- function(table, measure) {
  cells <- read.csv(file.path(here, "..", "..", "data", paste0(table, ".csv")))
  own <- cells[cells$measure == measure, ]
  setNames(as.numeric(gsub(",", "", own$printed)), own$year)
}

hc3 <- function(model, df = df.residual(model)) {
  covariance <- vcovHC(model, type = "HC3")
  se <- sqrt(covariance[2, 2])
  slope <- coef(model)[[2]]
  list(
    intercept = coef(model)[[1]],
    slope = slope,
    se = sqrt(vcov(model)[2, 2]),
    hc3_se = se,
    hc3_p = 2 * pt(-abs(slope / se), df),
    hc3_lower = slope - qt(0.975, df) * se,
    hc3_upper = slope + qt(0.975, df) * se,
    hc3_covariance = unname(as.vector(covariance))
  )
}

theil_sen <- function(y, x) {
  pairs <- combn(length(y), 2)
  median((y[pairs[2, ]] - y[pairs[1, ]]) / (x[pairs[2, ]] - x[pairs[1, ]]))
}

rank_statistics <- function(y, x) {
  test <- cor.test(y, x, method = "kendall", exact = TRUE)
  list(theil_sen = theil_sen(y, x), tau = test$estimate[[1]], p = test$p.value)
}

trend <- function(workers) {
  year <- as.numeric(names(workers))
  x <- year - mean(year)
  quasi <- glm(workers ~ x, family = quasipoisson, control = tight)
  nb <- glm.nb(workers ~ x, control = tight)
  c(
    list(
      log_ols = hc3(lm(log(workers) ~ x)),
      quasi_poisson = c(hc3(quasi), dispersion = summary(quasi)$dispersion),
      negative_binomial = list(
        slope = coef(nb)[[2]],
        se = summary(nb)$coefficients[2, 2],
        alpha = 1 / nb$theta
      )
    ),
    rank_statistics(workers, year)
  )
}

share <- function(percent) {
  year <- as.numeric(names(percent))
  x <- year - mean(year)
  proportion <- percent / 100
  model <- glm(proportion ~ x, family = quasibinomial, control = tight)
  mu <- fitted(model)
  slope <- coef(model)[[2]]
  gradient <- c(
    mean(slope * mu * (1 - mu) * (1 - 2 * mu)),
    mean(mu * (1 - mu) + slope * x * mu * (1 - mu) * (1 - 2 * mu))
  )
  covariance <- vcovHC(model, type = "HC3")
  c(
    list(
      fractional_logit = hc3(model),
      marginal_effect = list(
        value = 100 * mean(slope * mu * (1 - mu)),
        se = 100 * sqrt(drop(t(gradient) %*% covariance %*% gradient))
      ),
      log_slope = coef(lm(log(percent) ~ x))[[2]]
    ),
    rank_statistics(percent, year)
  )
}

pooled <- function(series, first, last) {
  rows <- do.call(rbind, lapply(names(series), function(region) {
    year <- as.numeric(names(series[[region]]))
    data.frame(region = region, year = year, value = unname(series[[region]]))
  }))
  rows <- rows[rows$year >= first & rows$year <= last, ]
  list(
    fractional_logit = coef(glm(
      I(value / 100) ~ region + I(year - first),
      family = quasibinomial, data = rows, control = tight
    ))[["I(year - first)"]]
  )
}

tables <- c(primorye = "table1", khabarovsk = "table3", amur = "table4")
workers <- lapply(tables, printed, measure = "workers")
shares <- lapply(tables, printed, measure = "share")

output <- list(
  made_by = "Rscript tests/reference/models.R > tests/reference/models.json",
  versions = list(
    R = paste(R.version$major, R.version$minor, sep = "."),
    MASS = as.character(packageVersion("MASS")),
    sandwich = as.character(packageVersion("sandwich")),
    jsonlite = as.character(packageVersion("jsonlite"))
  ),
  trends = lapply(workers, trend),
  shares = lapply(shares, share),
  pooled = pooled(shares, 1995, 2005)
)
cat(toJSON(output, auto_unbox = TRUE, digits = NA, pretty = TRUE), "\n")
