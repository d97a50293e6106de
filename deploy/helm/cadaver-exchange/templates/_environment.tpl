{{- define "cadaver-exchange.environment" -}}
{{- end -}}
