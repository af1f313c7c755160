-- Drives `armlint lsp` from Neovim (0.11 or newer) without a window: open, type, mend, ask, rename.
--
--     nvim --headless --clean -l scripts/neovim.lua target/release/armlint [FOLDER]
--
-- With the folder of a Verified Module for key vaults, the same is done to a copy of that.
-- Prints what works; ends with 1 at the first thing that does not. The configuration below is the one of docs/editors.md.

local armlint = vim.fn.fnamemodify(arg[1] or 'target/release/armlint', ':p')
local folder = vim.fn.tempname()
vim.fn.mkdir(folder, 'p')
folder = vim.uv.fs_realpath(folder)

local files = {
  ['store.bicep'] = [[
param name string
param tls string
resource store 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: name
  location: 'westeurope'
  kind: 'StorageV2'
  sku: { name: 'Standard_GRS' }
  properties: { minimumTlsVersion: tls }
}
]],
  ['main.bicep'] = [[
module store 'store.bicep' = {
  name: 'store'
  params: { name: 'stexample', tls: 'TLS1_0' }
}
]],
  ['armlint.yaml'] = 'armlint:\n  fail-on: none\n',
}
for name, text in pairs(files) do
  vim.fn.writefile(vim.split(text, '\n'), folder .. '/' .. name, 'b')
end

vim.filetype.add({ extension = { bicep = 'bicep', bicepparam = 'bicep-params' } })
vim.lsp.config('armlint', {
  cmd = { armlint, 'lsp' },
  filetypes = { 'bicep', 'bicep-params', 'json', 'jsonc', 'yaml' },
  root_markers = { 'armlint.yaml', 'bicepconfig.json', '.git' },
})
vim.lsp.enable('armlint')
vim.o.hidden = true

local function wait(what, holds)
  if not vim.wait(30000, holds, 20) then
    io.stderr:write('not ok: ' .. what .. '\n')
    vim.cmd('cquit 1')
  end
  print('ok: ' .. what)
end

local function open(name, where)
  vim.cmd.edit((where or folder) .. '/' .. name)
  vim.cmd.doautocmd('FileType')
  local buffer = vim.api.nvim_get_current_buf()
  wait(name .. ' is served', function()
    return #vim.lsp.get_clients({ bufnr = buffer, name = 'armlint' }) == 1
  end)
  return buffer, vim.lsp.get_clients({ bufnr = buffer, name = 'armlint' })[1]
end

local function text(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
end

local function shown(buffer, code)
  return vim.iter(vim.diagnostic.get(buffer)):any(function(d)
    return d.code == code
  end)
end

local TLS = 'Azure.Storage.MinTLS'
vim.cmd('filetype on')
local main, client = open('main.bicep')
wait('a finding is shown where a caller decides the value', function()
  return shown(main, TLS)
end)

local function put(minor)
  local at = vim.api.nvim_buf_get_lines(main, 2, 3, true)[1]:find('TLS1_', 1, true) + 4
  vim.api.nvim_buf_set_text(main, 2, at, 2, at + 1, { minor })
end
put('2')
wait('it goes while one types', function()
  return text(main):find('TLS1_2') and not shown(main, TLS)
end)
put('1')
wait('and comes again', function()
  return shown(main, TLS)
end)

vim.api.nvim_win_set_cursor(0, { 3, 40 })
vim.lsp.buf.code_action({
  apply = true,
  filter = function(action)
    return action.title:find("'TLS1_2'", 1, true) ~= nil
  end,
})
wait('a code action mends it', function()
  return text(main):find("tls: 'TLS1_2'", 1, true) ~= nil and not shown(main, TLS)
end)

local store = open('store.bicep')
local function ask(method, line, column)
  vim.api.nvim_win_set_cursor(0, { line, column })
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  local answer = client:request_sync(method, params, 30000, store)
  return answer and answer.result
end
wait('hover says what a property comes to', function()
  local hover = ask('textDocument/hover', 8, 20)
  return hover and hover.contents.value:find('TLS1_2', 1, true) ~= nil
end)
wait('definition leads to the caller', function()
  local places = ask('textDocument/definition', 8, 20)
  return places and places[1] and places[1].uri:find('main.bicep', 1, true) ~= nil
end)

vim.api.nvim_win_set_cursor(0, { 2, 7 })
vim.lsp.buf.rename('minimum')
wait('a parameter has another name, here and at its caller', function()
  return text(store):find('minimumTlsVersion: minimum', 1, true) and text(main):find("minimum: 'TLS1_2'", 1, true)
end)
wait('and nothing is broken by that', function()
  return #vim.diagnostic.get(main, { severity = vim.diagnostic.severity.ERROR }) == 0
end)

client:stop()
wait('the server ends', function()
  return client:is_stopped()
end)
vim.fn.delete(folder, 'rf')

if arg[2] then
  local copy = vim.fn.tempname()
  vim.fn.mkdir(copy, 'p')
  copy = vim.uv.fs_realpath(copy)
  -- The original may be for reading only.
  vim.fn.system({ 'cp', '-R', arg[2] .. '/.', copy })
  vim.fn.system({ 'chmod', '-R', 'u+w', copy })
  vim.fn.writefile({ 'armlint:', '  fail-on: none' }, copy .. '/armlint.yaml')
  local vault
  vault, client = open('main.bicep', copy)
  local before = text(vault)
  local broken = {
    "resource added 'Microsoft.Storage/storageAccounts@2023-01-01' = {",
    "  name: 'stadded'",
    "  location: 'westeurope'",
    "  kind: 'StorageV2'",
    "  sku: { name: 'Standard_GRS' }",
    "  properties: { minimumTlsVersion: 'TLS1_0' }",
    '}',
  }
  local last = vim.api.nvim_buf_line_count(vault)
  vim.api.nvim_buf_set_lines(vault, last, last, true, broken)
  wait('in a real module: what is added is judged', function()
    return shown(vault, TLS)
  end)
  vim.api.nvim_win_set_cursor(0, { last + 6, 40 })
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.title:find("'TLS1_2'", 1, true) ~= nil
    end,
  })
  wait('in a real module: a code action mends it', function()
    return text(vault):find("minimumTlsVersion: 'TLS1_2'", 1, true) and not shown(vault, TLS)
  end)
  vim.api.nvim_buf_set_lines(vault, last, -1, true, {})
  assert(text(vault) == before)
  -- The last place is where it is used.
  local name, line = 'softDeleteRetentionInDays', 0
  for number, content in ipairs(vim.api.nvim_buf_get_lines(vault, 0, -1, true)) do
    line = content:find(name .. ': ' .. name, 1, true) and number or line
  end
  store = vault
  wait('in a real module: hover says what its tests make of a parameter', function()
    local hover = ask('textDocument/hover', line, 36)
    return hover and hover.contents.value:find('`7`', 1, true) ~= nil
  end)
  vim.api.nvim_win_set_cursor(0, { line, 36 })
  vim.lsp.buf.rename('retentionInDays')
  wait('in a real module: a parameter has another name, here and in its tests', function()
    local caller = vim.fn.bufnr(copy .. '/tests/e2e/max/main.test.bicep')
    return text(vault):find(name .. ': retentionInDays', 1, true) and caller > 0 and text(caller):find(' retentionInDays: 7', 1, true)
  end)
  client:stop()
  wait('the server ends', function()
    return client:is_stopped()
  end)
  vim.fn.delete(copy, 'rf')
end
vim.cmd('qall!')
