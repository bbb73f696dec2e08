-- What Stripe would send, for wrk: signed at the moment it is sent, with new ids, repeats and forgeries among them.
--   wrk ... -s stripe.lua <url> -- <secret> <bytes of a body> <percent repeats> <percent forgeries> <run>
-- HMAC is libcrypto's, through LuaJIT's foreign functions, so that the load costs little beside what it loads.
local ffi = require("ffi")
ffi.cdef [[
  const void *EVP_sha256(void);
  unsigned char *HMAC(const void *md, const void *key, int key_len,
                      const unsigned char *d, size_t n, unsigned char *out, unsigned int *out_len);
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

local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local secret, repeats, forgeries, run, head, tail
local sent, clock, timestamp = 0, 0, ""
local hex = {}

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
  math.randomseed(7 + number)
  head, tail = body_of(tonumber(args[2]))
  wrk.method = "POST"
end

function request()
  local now = os.time()
  if now ~= clock then
    clock, timestamp = now, tostring(now)
  end
  local draw = math.random(1, 100)
  local event
  if draw <= repeats and sent > 64 then
    event = sent - math.random(1, 64)
  else
    sent = sent + 1
    event = sent
  end
  local body = '{"id":"evt_' .. run .. "_" .. number .. "_" .. event .. head .. "1760000000" .. tail
  local signed = timestamp .. "." .. body
  crypto.HMAC(sha256, secret, #secret, signed, #signed, digest, nil)
  for i = 0, 31 do
    hex[i + 1] = digits[digest[i]]
  end
  if draw > 100 - forgeries then
    hex[1] = hex[1] == "00" and "01" or "00"
  end
  return wrk.format(nil, nil, {
    ["Content-Type"] = "application/json; charset=utf-8",
    ["User-Agent"] = "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    ["Stripe-Signature"] = "t=" .. timestamp .. ",v1=" .. table.concat(hex),
  }, body)
end
