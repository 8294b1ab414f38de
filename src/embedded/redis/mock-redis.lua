-- Stands before each script that ioredis-mock runs, and gives it what a real Redis would: arguments arrive as strings,
-- replies as tables with false for what is missing, errors as errors. The script itself is put in place of the last
-- line's words; what it returns is laid out anew, since ioredis-mock takes a table for a list only if its last element
-- was set first, as a constructor does.
-- KEYS, ARGV: the script's own
-- Returns: what the script returns
do
  local send = call

  local function argument(value)
    if type(value) == 'string' then return value end
    if type(value) ~= 'number' then error('Lua redis lib command arguments must be strings or integers', 0) end
    if value == math.floor(value) and math.abs(value) < 1e17 then return string.format('%.0f', value) end
    return string.format('%.17g', value)
  end

  -- A list is an object of JavaScript: on the outside it counts from 1, inside another list from 0.
  local function reply(value, base)
    if value == nil then return false end
    -- Redis has no replies with fractions: scores come as text.
    if type(value) == 'number' then return math.tointeger(value) or (value % 1 == 0 and value or argument(value)) end
    if type(value) ~= 'userdata' then return value end
    if tostring(value) == 'null' then return false end
    local list = {}
    for index = 1, #value do list[index] = reply(value[index - 1 + base], 0) end
    return list
  end

  redis.pcall = function(...)
    local arguments = { ... }
    for index = 1, #arguments do arguments[index] = argument(arguments[index]) end
    local value = send(true, table.unpack(arguments))
    if type(value) == 'userdata' and value[0] == 'error' then
      return { err = (string.gsub(value[1], '^%a*Error: ', '')) }
    end
    return reply(value, 1)
  end
  redis.call = function(...)
    local value = redis.pcall(...)
    if type(value) == 'table' and value.err then error(value.err, 0) end
    return value
  end
  redis.status_reply = function(text) return { ok = text } end
  redis.error_reply = function(text) return { err = text } end
end

local function result(value)
  if type(value) ~= 'table' then return value end
  if value.err then error(value.err, 0) end
  if value.ok then return value.ok end
  local list = {}
  for index, element in ipairs(value) do list[index] = result(element) end
  return { table.unpack(list) }
end

return result((function() --SCRIPT
end)())
