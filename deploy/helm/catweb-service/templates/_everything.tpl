{{/* Every object of a service, as one stream of documents; what does not apply is empty. */}}
{{- define "catweb.everything" -}}
{{- range list "serviceAccount" "workload" "service" "disruptionBudget" "horizontalPodAutoscaler" "scaledObject" "networkPolicy" "ingress" "httpRoute" "googlePolicies" "monitor" "rules" "test" }}
{{- with include (printf "catweb.%s" .) $ | trim }}
---
{{ . }}
{{- end }}
{{- end }}
{{- end -}}
