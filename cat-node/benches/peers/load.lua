-- What wrk sends: the prepared requests, at random. The tables `method`, `headers`, `paths` and `bodies` are written before this by wrk.rs.
local requests = {}

function init(_)
  math.randomseed(os.time())
  for i = 1, math.max(#paths, #bodies) do
    requests[i] = wrk.format(method, paths[(i - 1) % #paths + 1], headers, bodies[(i - 1) % #bodies + 1])
  end
end

function request()
  return requests[math.random(#requests)]
end

function done(summary, latency, _)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, failed,
    latency:percentile(50), latency:percentile(99)))
end
