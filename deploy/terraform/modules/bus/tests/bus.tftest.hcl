# The bus as the generated topology has it: nothing lost on the way from shared-events to Google, everything in Canada.
mock_provider "google" {
  override_during = plan
}

variables {
  project_id     = "catweb-test"
  project_number = "42"
  key_id         = "projects/catweb-test/locations/northamerica-northeast1/keyRings/catweb/cryptoKeys/bus"
  members = {
    cat-node         = "serviceAccount:cat-node@example.org"
    cadaver-exchange = "serviceAccount:cadaver-exchange@example.org"
    mouse-trap       = "serviceAccount:mouse-trap@example.org"
    operators        = "group:operators@example.org"
  }
}

run "everything_is_there" {
  command = plan

  variables {
    topology = jsondecode(file("../../../../shared-events/generated/topology.json"))
  }

  assert {
    condition     = toset(keys(google_pubsub_topic.topics)) == toset(var.topology.topics[*].name)
    error_message = "a topic is missing"
  }

  assert {
    condition     = toset(keys(google_pubsub_subscription.subscriptions)) == toset(var.topology.subscriptions[*].name)
    error_message = "a subscription is missing"
  }

  assert {
    condition     = length(google_pubsub_topic.topics) >= 5 && length(google_pubsub_subscription.subscriptions) >= 5
    error_message = "the generated topology is empty"
  }

  assert {
    condition = alltrue([for topic in google_pubsub_topic.topics :
      topic.message_storage_policy[0].enforce_in_transit && topic.kms_key_name == var.key_id &&
      toset(topic.message_storage_policy[0].allowed_persistence_regions) == toset(["northamerica-northeast1", "northamerica-northeast2"])
    ])
    error_message = "a topic may store or carry messages outside Canada, or without our key"
  }

  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.subscriptions : subscription.expiration_policy[0].ttl == "" && subscription.retain_acked_messages])
    error_message = "a subscription can expire, or cannot be replayed"
  }

  assert {
    condition     = google_pubsub_subscription.subscriptions["cadaver-exchange.mouse-trap"].dead_letter_policy[0].max_delivery_attempts == 100
    error_message = "the dead letter policy did not arrive"
  }

  assert {
    condition     = strcontains(google_pubsub_subscription.subscriptions["cadaver-exchange.mouse-trap"].filter, "rodent-caught")
    error_message = "the filter did not arrive"
  }

  assert {
    condition     = google_pubsub_subscription.subscriptions["cat-node.mouse-trap"].enable_message_ordering
    error_message = "events about one thing would arrive out of order"
  }

  assert {
    condition     = google_pubsub_topic_iam_member.producers["mouse-trap"].member == "serviceAccount:mouse-trap@example.org" && google_pubsub_topic_iam_member.producers["mouse-trap"].role == "roles/pubsub.publisher"
    error_message = "mouse-trap cannot publish what it catches"
  }

  assert {
    condition     = google_pubsub_subscription_iam_member.consumers["cadaver-exchange.mouse-trap.dead-letter"].member == "group:operators@example.org"
    error_message = "operators cannot read dead letters"
  }

  assert {
    condition     = length(google_pubsub_topic_iam_member.forwarder) == length([for s in var.topology.subscriptions : s if s.dead_letter != null])
    error_message = "Pub/Sub may not forward to a dead-letter topic"
  }
}

run "refuses_to_leave_canada" {
  command = plan

  variables {
    topology = {
      allowed_regions = ["northamerica-northeast1", "us-central1"]
      topics          = [{ name = "mouse-trap", producer = "mouse-trap" }]
      subscriptions   = []
    }
  }

  expect_failures = [var.topology]
}

run "refuses_a_subscription_to_nothing" {
  command = plan

  variables {
    topology = {
      allowed_regions = ["northamerica-northeast1"]
      topics          = [{ name = "mouse-trap", producer = "mouse-trap" }]
      subscriptions   = [{ name = "s", topic = "gone", consumer = "cat-node", ack_deadline_seconds = 30, message_retention_seconds = 600 }]
    }
  }

  expect_failures = [var.topology]
}
