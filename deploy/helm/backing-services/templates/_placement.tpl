{{/* One member per zone as far as there are zones: the loss of one never takes the majority. */}}
{{- define "backing-services.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: ScheduleAnyway
    labelSelector: {matchLabels: {{ toJson . }}}
affinity:
  podAntiAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector: {matchLabels: {{ toJson . }}}
{{- end -}}

{{- define "backing-services.labels" -}}
app.kubernetes.io/part-of: catweb
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
catweb.miaou.net/environment: {{ .Values.environment }}
{{- end -}}

{{/* The cluster's DNS; and its API server, which MongoDB's agent asks for its configuration. */}}
{{- define "backing-services.names-and-api" -}}
- to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}, {ipBlock: {cidr: 169.254.20.10/32}}]
  ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
- to: [{ipBlock: {cidr: 10.0.0.0/8}}, {ipBlock: {cidr: 172.16.0.0/12}}]
  ports: [{protocol: TCP, port: 443}, {protocol: TCP, port: 6443}]
{{- end -}}

{{- define "backing-services.unprivileged" -}}
{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true, capabilities: {drop: [ALL]}}
{{- end -}}
