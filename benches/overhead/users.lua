-- Tells wrk to read users or to create some: wrk --script users.lua URL -- read|write RUN

local next_id = 0
local created = 0

function init(arguments)
  if arguments[1] == "read" then
    request = read
  else
    run = arguments[2]
    wrk.headers["Content-Type"] = "application/json"
    request = create
  end
end

function read()
  next_id = next_id % 100 + 1
  return wrk.format("GET", "/users/" .. next_id)
end

-- An address holds the name of the run: a user of another run must not have it.
function create()
  created = created + 1
  local email = "ada-" .. run .. "-" .. created .. "@example.com"
  return wrk.format("POST", "/users", nil, '{"name": "Ada Lovelace", "email": "' .. email .. '"}')
end

-- Ends with a line for programs: requests, failures, and times in microseconds.
function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format("result %d %d %d %d %d", summary.requests, failures, summary.duration,
    latency:percentile(50), latency:percentile(99)))
end
