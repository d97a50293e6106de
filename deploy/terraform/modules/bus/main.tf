# Topics, subscriptions and dead letters, as shared-events generates them, and who may publish to and read from each.
# Messages are stored, and with enforce_in_transit also carried, in the allowed regions only.

locals {
  topics        = { for topic in var.topology.topics : topic.name => topic }
  subscriptions = { for subscription in var.topology.subscriptions : subscription.name => subscription }

  # Pub/Sub itself forwards dead letters: it publishes to the dead-letter topic, and acknowledges on the subscription that gave up.
  forwarder    = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
  dead_letters = { for name, subscription in local.subscriptions : name => subscription.dead_letter.topic if subscription.dead_letter != null }
}

resource "google_pubsub_topic" "topics" {
  for_each                   = local.topics
  project                    = var.project_id
  name                       = each.key
  kms_key_name               = var.key_id
  message_retention_duration = "${var.replay_seconds}s"
  labels                     = { producer = each.value.producer }

  message_storage_policy {
    allowed_persistence_regions = var.topology.allowed_regions
    enforce_in_transit          = true
  }
}

resource "google_pubsub_subscription" "subscriptions" {
  for_each                   = local.subscriptions
  project                    = var.project_id
  name                       = each.key
  topic                      = google_pubsub_topic.topics[each.value.topic].id
  filter                     = each.value.filter
  enable_message_ordering    = each.value.enable_message_ordering
  ack_deadline_seconds       = each.value.ack_deadline_seconds
  message_retention_duration = "${each.value.message_retention_seconds}s"
  labels                     = { consumer = each.value.consumer }

  # What was acknowledged stays readable too, so that a restored database can be brought up to date by seeking back.
  retain_acked_messages = true

  # A consumer that was away for a month still finds its subscription.
  expiration_policy {
    ttl = ""
  }

  dynamic "retry_policy" {
    for_each = each.value.retry[*]

    content {
      minimum_backoff = "${retry_policy.value.minimum_backoff_seconds}s"
      maximum_backoff = "${retry_policy.value.maximum_backoff_seconds}s"
    }
  }

  dynamic "dead_letter_policy" {
    for_each = each.value.dead_letter[*]

    content {
      dead_letter_topic     = google_pubsub_topic.topics[dead_letter_policy.value.topic].id
      max_delivery_attempts = dead_letter_policy.value.max_delivery_attempts
    }
  }
}

resource "google_pubsub_topic_iam_member" "producers" {
  for_each = local.topics
  project  = var.project_id
  topic    = google_pubsub_topic.topics[each.key].name
  role     = "roles/pubsub.publisher"
  member   = var.members[each.value.producer]
}

resource "google_pubsub_subscription_iam_member" "consumers" {
  for_each     = local.subscriptions
  project      = var.project_id
  subscription = google_pubsub_subscription.subscriptions[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = var.members[each.value.consumer]
}

resource "google_pubsub_topic_iam_member" "forwarder" {
  for_each = local.dead_letters
  project  = var.project_id
  topic    = google_pubsub_topic.topics[each.value].name
  role     = "roles/pubsub.publisher"
  member   = local.forwarder
}

resource "google_pubsub_subscription_iam_member" "forwarder" {
  for_each     = local.dead_letters
  project      = var.project_id
  subscription = google_pubsub_subscription.subscriptions[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.forwarder
}
