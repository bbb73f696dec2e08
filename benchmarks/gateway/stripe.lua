-- What Stripe would send, for wrk: signed at the moment it is sent, with new ids, repeats and forgeries among them.
--   wrk -t1 ... -s stripe.lua <url> -- <secret> <bytes of a body> <percent repeats> <percent forgeries> <run> [<rate>]
-- Without a rate, as many as are answered; with one, so many a second, evenly, each on any connection that is free. One
-- thread, because a thread knows only its own. Its last line is the result as JSON.
-- HMAC is libcrypto's, through LuaJIT's foreign functions, so that the load costs little beside what it loads.
local ffi = require("ffi")
ffi.cdef [[
  const void *EVP_sha256(void);
  unsigned char *HMAC(const void *md, const void *key, int key_len,
                      const unsigned char *d, size_t n, unsigned char *out, unsigned int *out_len);
  struct slipway_time { long seconds; long nanos; };
  int clock_gettime(int clock, struct slipway_time *time);
]]
local crypto
for _, name in ipairs({ "crypto", "libcrypto.so.3", "libcrypto.so.1.1" }) do
  local found, library = pcall(ffi.load, name)
  if found then
    crypto = library
    break
  end
end
assert(crypto, "libcrypto is needed, which comes with OpenSSL")

local sha256 = crypto.EVP_sha256()
local digest = ffi.new("unsigned char[32]")
local digits = {}
for value = 0, 255 do
  digits[value] = string.format("%02x", value)
end

local thread
function setup(it)
  thread = it
end

local monotonic = ffi.new("struct slipway_time")
local function millis()
  ffi.C.clock_gettime(1, monotonic)
  return tonumber(monotonic.seconds) * 1e3 + tonumber(monotonic.nanos) / 1e6
end

local secret, repeats, forgeries, run, head, tail
local sent, clock, timestamp = 0, 0, ""
local hex = {}

-- Of a constant rate: what was sent with a genuine signature, how much of it for the first time, how it was answered,
-- and by how much the latest was sent too late.
local due, genuine_of = nil, {}
genuine, fresh, received, refused, other, latest = 0, 0, 0, 0, 0, 0

-- An invoice as Stripe's are, in fields and in how well they compress; its lines make it as long as is asked for.
local function body_of(bytes)
  local random = function(count)
    local letters = {}
    for i = 1, count do
      local letter = math.random(0, 61)
      letters[i] = string.char(letter < 10 and 48 + letter or letter < 36 and 55 + letter or 61 + letter)
    end
    return table.concat(letters)
  end
  local first = '","object":"event","api_version":"2026-09-30.dahlia","created":'
  local second = ',"livemode":false,"pending_webhooks":1,"type":"invoice.paid","request":{"id":"req_' .. random(14)
    .. '","idempotency_key":"' .. random(36) .. '"},"data":{"object":{"id":"in_1' .. random(23)
    .. '","object":"invoice","account_country":"DE","currency":"eur","customer":"cus_' .. random(14)
    .. '","status":"paid","total":4900,"lines":{"object":"list","has_more":false,"data":['
  local last = ']}}}}'
  local lines, length = {}, #first + #second + #last + 60
  while true do
    local line = '{"id":"il_1' .. random(23) .. '","object":"line_item","amount":' .. math.random(100, 99999)
      .. ',"currency":"eur","description":"' .. math.random(1, 9) .. ' x Slip ' .. random(8)
      .. '","period":{"start":' .. 1760000000 + math.random(0, 9999999) .. ',"end":' .. 1770000000 + math.random(0, 9999999)
      .. '},"price":{"id":"price_1' .. random(23) .. '","product":"prod_' .. random(14) .. '"},"quantity":'
      .. math.random(1, 9) .. '}'
    if length + #line + 1 > bytes then
      break
    end
    lines[#lines + 1] = line
    length = length + #line + 1
  end
  return first, second .. table.concat(lines, ",") .. last
end

function init(args)
  secret, run = args[1], args[5]
  repeats, forgeries = tonumber(args[3]), tonumber(args[4])
  math.randomseed(7)
  head, tail = body_of(tonumber(args[2]))
  wrk.method = "POST"
  if args[6] then
    keep_rate(1e3 / tonumber(args[6]))
  end
end

-- wrk asks each connection that is free how long it is to wait: until the next request is due.
function keep_rate(pause)
  function delay()
    local now = millis()
    due = due and due + pause or now
    latest = math.max(latest, now - due)
    return math.max(0, math.floor(due - now + 0.5))
  end
  function response(status)
    if status == 200 then
      received = received + 1
    elseif status == 400 then
      refused = refused + 1
    else
      other = other + 1
    end
  end
end

local function message(body, signature)
  return wrk.format(nil, nil, {
    ["Content-Type"] = "application/json; charset=utf-8",
    ["User-Agent"] = "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    ["Stripe-Signature"] = "t=" .. timestamp .. ",v1=" .. signature,
  }, body)
end

local function body_of_event(event)
  return '{"id":"evt_' .. run .. "_" .. event .. head .. "1760000000" .. tail
end

-- Who only forges guesses signatures, and need not make each request anew: made once a second, they cost this side next
-- to nothing, so that the gateway is what is measured.
local forged, turn = {}, 0
local function forge()
  for i = 1, 64 do
    for j = 1, 32 do
      hex[j] = digits[math.random(0, 255)]
    end
    forged[i] = message(body_of_event(i), table.concat(hex))
  end
end

function request()
  local now = os.time()
  local is_later = now ~= clock
  if is_later then
    clock, timestamp = now, tostring(now)
  end
  if forgeries == 100 then
    if is_later then
      forge()
    end
    turn = turn % 64 + 1
    return forged[turn]
  end
  local draw = math.random(1, 100)
  local event
  if draw <= repeats and sent > 64 then
    event = sent - math.random(1, 64)
  else
    sent = sent + 1
    event = sent
  end
  local body = body_of_event(event)
  local signed = timestamp .. "." .. body
  crypto.HMAC(sha256, secret, #secret, signed, #signed, digest, nil)
  for i = 0, 31 do
    hex[i + 1] = digits[digest[i]]
  end
  if draw > 100 - forgeries then
    hex[1] = hex[1] == "00" and "01" or "00"
  elseif due then
    genuine = genuine + 1
    if not genuine_of[event] then
      genuine_of[event] = true
      fresh = fresh + 1
    end
  end
  return message(body, table.concat(hex))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"micros":%d,"refused":%d,"broken":%d,"p50":%d,"p99":%d,"p999":%d,"max":%d,'
    .. '"genuine":%d,"fresh":%d,"statuses":{"200":%d,"400":%d,"other":%d},"latest":%d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9), latency.max,
    thread:get("genuine"), thread:get("fresh"), thread:get("received"), thread:get("refused"), thread:get("other"),
    thread:get("latest")))
end
