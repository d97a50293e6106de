{{/* The release's name, with the chart's when it does not hold it already. */}}
{{- define "catweb.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What selects the service's pods; it never changes. */}}
{{- define "catweb.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end -}}

{{- define "catweb.commonLabels" -}}
app.kubernetes.io/part-of: catweb
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ include "catweb.version" . | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
catweb.miaou.net/environment: {{ .Values.environment }}
{{- with .Values.location }}
catweb.miaou.net/location: {{ .name }}
{{- end }}
{{- end -}}

{{- define "catweb.labels" -}}
{{ include "catweb.selectorLabels" . }}
{{ include "catweb.commonLabels" . }}
{{- end -}}

{{/* Labels are at most 63 characters: of a digest, its start. */}}
{{- define "catweb.version" -}}
{{- $digest := .Values.image.digest | trimPrefix "sha256:" | trunc 12 -}}
{{- .Values.image.tag | default $digest | trunc 63 -}}
{{- end -}}

{{- define "catweb.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ with .tag }}:{{ . }}{{ end }}{{ with .digest }}@{{ . }}{{ end }}
{{- end -}}
{{- end -}}

{{/* The prefix of the service's settings in the environment: cat-node's is CAT_NODE. */}}
{{- define "catweb.prefix" -}}
{{- .Chart.Name | upper | replace "-" "_" -}}
{{- end -}}

{{/* Whether there can be more than one replica. */}}
{{- define "catweb.isReplicated" -}}
{{- $least := .Values.replicas -}}
{{- if ne .Values.autoscaling.kind "none" }}{{ $least = .Values.autoscaling.minReplicas }}{{ end -}}
{{- if gt (int $least) 1 }}true{{ end -}}
{{- end -}}
