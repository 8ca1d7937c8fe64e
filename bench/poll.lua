-- Asks for one path after the other, and prints the result as one line of JSON.
-- Arguments: a file with one path a line, each with its If-None-Match after a tab, if it has one;
-- then headers of all requests, as "Name: value".

local requests = {}
local at = 0

function init(args)
  for number = 2, #args do
    local name, value = args[number]:match("^([^:]+): (.*)$")
    wrk.headers[name] = value
  end
  for line in io.lines(args[1]) do
    local path, etag = line:match("^([^\t]*)\t?(.*)$")
    wrk.headers["If-None-Match"] = etag ~= "" and etag or nil
    requests[#requests + 1] = wrk.format("GET", path)
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
