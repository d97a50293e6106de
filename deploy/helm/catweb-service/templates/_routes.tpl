{{- define "catweb.host" -}}
{{ include "catweb.fullname" . }}-{{ .Values.environment }}.{{ .Values.route.domain }}
{{- end -}}

{{/* Only the paths in `publicPaths` are open to the world; health, metrics and the like stay inside. */}}
{{- define "catweb.ingress" -}}
{{- if eq .Values.route.kind "ingress" }}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ include "catweb.fullname" . }}
  labels: {{ include "catweb.labels" . | nindent 4 }}
  annotations:
    cert-manager.io/cluster-issuer: {{ .Values.route.clusterIssuer }}
    # F5's NGINX controller.
    nginx.org/client-max-body-size: {{ .Values.route.maxBody }}
    nginx.org/websocket-services: {{ include "catweb.fullname" . }}
    nginx.org/proxy-read-timeout: 120s
spec:
  ingressClassName: {{ .Values.route.className }}
  tls: [{hosts: [{{ include "catweb.host" . }}], secretName: {{ include "catweb.fullname" . }}-tls}]
  rules:
    - host: {{ include "catweb.host" . }}
      http:
        paths:
          {{- range .Values.publicPaths }}
          - path: {{ .path }}
            pathType: {{ ternary "Exact" "Prefix" (eq .match "exact") }}
            backend: {service: {name: {{ include "catweb.fullname" $ }}, port: {name: http}}}
          {{- end }}
{{- end }}
{{- end -}}

{{- define "catweb.httpRoute" -}}
{{- if eq .Values.route.kind "gateway" }}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: {{ include "catweb.fullname" . }}
  labels: {{ include "catweb.labels" . | nindent 4 }}
spec:
  # The certificate belongs to the gateway's listener of this host (chart `foundation`, by cert-manager).
  parentRefs:
    - name: {{ .Values.route.gateway.name }}
      namespace: {{ .Values.route.gateway.namespace }}
      sectionName: {{ include "catweb.host" . | replace "." "-" }}
  hostnames: [{{ include "catweb.host" . }}]
  rules:
    - matches:
        {{- range .Values.publicPaths }}
        - path: {type: {{ ternary "Exact" "PathPrefix" (eq .match "exact") }}, value: {{ .path }}}
        {{- end }}
      backendRefs: [{name: {{ include "catweb.fullname" . }}, port: {{ .Values.port }}}]
{{- end }}
{{- end -}}

{{- define "catweb.googlePolicies" -}}
{{- if .Values.route.google.healthCheck }}
apiVersion: networking.gke.io/v1
kind: HealthCheckPolicy
metadata:
  name: {{ include "catweb.fullname" . }}
  labels: {{ include "catweb.labels" . | nindent 4 }}
spec:
  default:
    checkIntervalSec: 5
    timeoutSec: 3
    healthyThreshold: 1
    unhealthyThreshold: 2
    config:
      type: HTTP
      httpHealthCheck: {port: {{ .Values.port }}, requestPath: /readyz}
  targetRef: {group: "", kind: Service, name: {{ include "catweb.fullname" . }}}
---
apiVersion: networking.gke.io/v1
kind: GCPBackendPolicy
metadata:
  name: {{ include "catweb.fullname" . }}
  labels: {{ include "catweb.labels" . | nindent 4 }}
spec:
  default:
    {{- with .Values.route.google.securityPolicy }}
    securityPolicy: {{ . }}
    {{- end }}
    timeoutSec: {{ .Values.route.longestSeconds }}
    connectionDraining: {drainingTimeoutSec: {{ .Values.drain.requestSeconds }}}
    logging: {enabled: true, sampleRate: 100000}
  targetRef: {group: "", kind: Service, name: {{ include "catweb.fullname" . }}}
{{- end }}
{{- end -}}
