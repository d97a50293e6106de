{{/* More replicas when messages wait too long, whatever the processor does: the age of the backlog is what users feel. */}}
{{- define "catweb.horizontalPodAutoscaler" -}}
{{- if eq .Values.autoscaling.kind "hpa" }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "catweb.fullname" . }}
  labels: {{ include "catweb.labels" . | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ include "catweb.fullname" . }}}
  minReplicas: {{ .Values.autoscaling.minReplicas }}
  maxReplicas: {{ .Values.autoscaling.maxReplicas }}
  metrics:
    {{- range .Values.subscriptions }}
    - type: External
      external:
        metric:
          name: pubsub.googleapis.com|subscription|oldest_unacked_message_age
          selector: {matchLabels: {resource.labels.subscription_id: {{ . }}}}
        target: {type: Value, value: {{ $.Values.autoscaling.backlogAgeSeconds | quote }}}
    {{- end }}
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: {{ .Values.autoscaling.cpuPercent }}}
  behavior:
    scaleUp:
      stabilizationWindowSeconds: 0
      policies: [{type: Percent, value: 100, periodSeconds: 30}]
    scaleDown:
      stabilizationWindowSeconds: 300
      policies: [{type: Pods, value: 1, periodSeconds: 60}]
{{- end }}
{{- end -}}

{{- define "catweb.scaledObject" -}}
{{- if eq .Values.autoscaling.kind "keda" }}
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata:
  name: {{ include "catweb.fullname" . }}
  labels: {{ include "catweb.labels" . | nindent 4 }}
spec:
  # KEDA's operator is a Google service account of its own, which may read Pub/Sub's metrics and nothing else.
  podIdentity: {provider: gcp}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ include "catweb.fullname" . }}
  labels: {{ include "catweb.labels" . | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ include "catweb.fullname" . }}}
  minReplicaCount: {{ .Values.autoscaling.minReplicas }}
  maxReplicaCount: {{ .Values.autoscaling.maxReplicas }}
  pollingInterval: 30
  cooldownPeriod: 300
  # When the metrics cannot be read: not fewer than it takes to stand a loss.
  fallback: {failureThreshold: 5, replicas: {{ .Values.autoscaling.minReplicas }}}
  triggers:
    {{- range .Values.subscriptions }}
    - type: gcp-pubsub
      authenticationRef: {name: {{ include "catweb.fullname" $ }}}
      metadata:
        subscriptionName: projects/{{ $.Values.google.project }}/subscriptions/{{ . }}
        mode: OldestUnackedMessageAge
        value: {{ $.Values.autoscaling.backlogAgeSeconds | quote }}
    {{- end }}
    - type: cpu
      metricType: Utilization
      metadata: {value: {{ .Values.autoscaling.cpuPercent | quote }}}
{{- end }}
{{- end -}}
