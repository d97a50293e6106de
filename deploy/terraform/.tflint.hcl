# The rules that come with tflint itself; Google's rule set cannot be fetched everywhere, and checkov has its own.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Modules here are a few files each, named after what is in them by Terraform's own convention.
rule "terraform_standard_module_structure" {
  enabled = true
}
