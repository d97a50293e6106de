{{- define "mouse-trap.environment" -}}
- {name: MOUSE_TRAP__RESIDENCY__JURISDICTION, value: {{ .Values.location.jurisdiction }}}
{{- end -}}
