{{- define "catweb.monitor" -}}
{{- $interval := printf "%ds" (int .Values.monitoring.intervalSeconds) -}}
{{- if eq .Values.monitoring.kind "prometheus-operator" }}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ include "catweb.fullname" . }}
  labels: {{ mergeOverwrite (include "catweb.labels" . | fromYaml) .Values.monitoring.labels | toYaml | nindent 4 }}
spec:
  selector:
    matchLabels: {{ include "catweb.selectorLabels" . | nindent 6 }}
  targetLabels: [catweb.miaou.net/environment{{ if .Values.location }}, catweb.miaou.net/location{{ end }}]
  endpoints:
    # The services' own label `service` stays as it is.
    - {port: http, path: /metrics, interval: {{ $interval }}, scrapeTimeout: 10s, honorLabels: true}
{{- else if eq .Values.monitoring.kind "google-managed" }}
apiVersion: monitoring.googleapis.com/v1
kind: PodMonitoring
metadata:
  name: {{ include "catweb.fullname" . }}
  labels: {{ include "catweb.labels" . | nindent 4 }}
spec:
  selector:
    matchLabels: {{ include "catweb.selectorLabels" . | nindent 6 }}
  targetLabels:
    fromPod:
      - {from: catweb.miaou.net/environment, to: environment}
      {{- if .Values.location }}
      - {from: catweb.miaou.net/location, to: trap_location}
      {{- end }}
  endpoints:
    - {port: http, path: /metrics, interval: {{ $interval }}, timeout: 10s}
{{- end }}
{{- end -}}

{{/* The rules are plain files of Prometheus under rules/, so that promtool checks and tests them as they are. */}}
{{- define "catweb.rules" -}}
{{- if and .Values.monitoring.alerts (ne .Values.monitoring.kind "none") (.Files.Glob "rules/*.yaml") }}
{{- if eq .Values.monitoring.kind "prometheus-operator" }}
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
{{- else }}
apiVersion: monitoring.googleapis.com/v1
kind: Rules
{{- end }}
metadata:
  name: {{ include "catweb.fullname" . }}
  labels: {{ mergeOverwrite (include "catweb.labels" . | fromYaml) .Values.monitoring.labels | toYaml | nindent 4 }}
spec:
  groups:
    {{- range $path, $_ := .Files.Glob "rules/*.yaml" }}
    {{- ($.Files.Get $path | fromYaml).groups | toYaml | nindent 4 }}
    {{- end }}
{{- end }}
{{- end -}}
