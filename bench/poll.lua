-- Polls one account after the other, and prints the result as one line of JSON.
-- Arguments: how many accounts there are, and their common beginning.

local requests = {}
local at = 0

function init(args)
  for number = 1, tonumber(args[1]) do
    local account = string.format("%s%03d", args[2], number)
    requests[number] = wrk.format("GET", "/bots?account=" .. account)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "duration_us": %d, "bytes": %d, "p50_us": %d, "p99_us": %d, "errors": %d}\n',
    summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
