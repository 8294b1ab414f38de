-- Wraps each script that ioredis-mock runs, so that it sees what a real Redis would show it: arguments are strings,
-- replies are tables with false for missing values, errors are errors. The script replaces the marker in the last lines.
-- Its result is copied into a new table: ioredis-mock takes a table for a list only if its last element was set first,
-- as a constructor does.
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

  -- A list is a JavaScript object. The outer list counts from 1, a list inside it from 0.
  local function reply(value, base)
    if value == nil then return false end
    -- Redis replies have no fractions: scores are text.
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
