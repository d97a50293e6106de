output "topics" {
  description = "The id of each topic."
  value       = { for name, topic in google_pubsub_topic.topics : name => topic.id }
}

output "subscriptions" {
  description = "The id of each subscription."
  value       = { for name, subscription in google_pubsub_subscription.subscriptions : name => subscription.id }
}
