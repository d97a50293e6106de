# Tells people when money runs faster than planned: at half, at nine tenths, at the whole, and when the forecast says it will.

resource "google_monitoring_notification_channel" "owners" {
  for_each     = var.owners
  project      = var.project_id
  display_name = "Budget of ${var.environment}: ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }
}

resource "google_billing_budget" "month" {
  billing_account = var.billing_account
  display_name    = "catweb-${var.environment}"

  budget_filter {
    projects        = ["projects/${var.project_number}"]
    calendar_period = "MONTH"
  }

  amount {
    specified_amount {
      currency_code = "CAD"
      units         = tostring(var.monthly_cad)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]

    content {
      threshold_percent = threshold_rules.value
      spend_basis       = "CURRENT_SPEND"
    }
  }

  threshold_rules {
    threshold_percent = 1.1
    spend_basis       = "FORECASTED_SPEND"
  }

  all_updates_rule {
    monitoring_notification_channels = [for channel in google_monitoring_notification_channel.owners : channel.id]
    disable_default_iam_recipients   = false
  }
}
