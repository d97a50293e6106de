mock_provider "google" {
  override_during = plan
}

variables {
  project_id      = "catweb-test"
  project_number  = "42"
  environment     = "staging"
  billing_account = "000000-000000-000000"
  monthly_cad     = 500
  owners          = ["a@example.org", "b@example.org"]
}

run "tells_before_it_is_too_late" {
  command = plan

  assert {
    condition     = google_billing_budget.month.amount[0].specified_amount[0].units == "500" && google_billing_budget.month.amount[0].specified_amount[0].currency_code == "CAD"
    error_message = "500 Canadian dollars"
  }

  assert {
    condition     = anytrue([for rule in google_billing_budget.month.threshold_rules : rule.spend_basis == "FORECASTED_SPEND"])
    error_message = "the forecast counts too"
  }

  assert {
    condition     = length(google_monitoring_notification_channel.owners) == 2
    error_message = "both hear of it"
  }
}

run "refuses_no_budget" {
  command = plan

  variables {
    monthly_cad = 0
  }

  expect_failures = [var.monthly_cad]
}
