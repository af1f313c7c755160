import { shared, suffixed as withSuffix, Sku } from 'modules/shared.bicep'
import * as all from 'modules/shared.bicep'

targetScope = 'resourceGroup'

@description('Where it all goes.')
param location string = 'westeurope'
param sku Sku = 'Standard'
param names string[] = ['one', 'two']
param secure bool = true
param bag object
@secure()
param password string

var greeting = 'it\'s "so" \\ \u{e9} \${no}'
var block = '''
first line
  second 'quoted' line
'''
var rules = [
  { name: 'first', priority: 100 }
  { name: 'second', priority: -200 }
]
var base = { httpsOnly: true, rules: rules, nothing: null }
var merged = union(base, { added: 'here', httpsOnly: false })
var spread = { ...base, extra: 'spread', httpsOnly: secure }
var chosen = secure ? 'TLS1_2' : 'TLS1_0'
var config = loadJsonContent('data.json')
var deep = loadJsonContent('data.json', '$.nested')
var yaml = loadYamlContent('data.yaml')
var policy = loadTextContent('policy.xml')

func twice(x string) string => '${x}${x}'
func same(x object) object => x
func fixed() string => 'constant'

resource account 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: 'account01'
  location: location
  kind: 'StorageV2'
  sku: { name: sku }
  tags: bag
  properties: {
    minimumTlsVersion: chosen
    text: greeting
    block: block
    merged: merged
    spread: spread
    rules: [for (rule, i) in rules: {
      index: i
      name: rule.name
      whole: rule
      fixed: 'every time'
    }]
    handed: same(base)
    constant: fixed()
    doubled: twice('ab')
    first: first(rules)!.name
    last: rules[1].priority
    missing: base.?absent ?? 'fallback'
    negative: -7
    shared: shared
    wild: all.shared.inner
    suffixed: withSuffix('x')
    config: config
    one: config.list[1]
    deep: deep.value
    yaml: yaml
    policy: policy
    secret: password
    numbers: range(1, 3)
    mapped: map(rules, r => { n: r.name, fixed: 'text' })
    emptyList: []
    emptyObject: {}
    nothing: null
    parens: ('wrapped')
    any: any('same')
    interpolated: 'a${chosen}b'
  }

  resource blob 'blobServices' = {
    name: 'default'
    properties: {
      isVersioningEnabled: true
    }
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-01-01' = [for name in names: {
  parent: account::blob
  name: name
  properties: {
    publicAccess: 'None'
    of: account.properties.minimumTlsVersion
  }
}]

resource off 'Microsoft.Storage/storageAccounts@2023-01-01' = if (!secure) {
  name: 'off'
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
}

module one 'modules/store.bicep' = {
  name: 'one'
  params: {
    name: 'fromcall'
    settings: { tls: chosen, list: ['x', 'y'] }
    sku: sku
  }
}

module many 'modules/store.bicep' = [for name in names: {
  name: 'many-${name}'
  params: {
    name: name
    settings: { tls: 'TLS1_3', list: [] }
  }
}]

resource reader 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: 'reader'
  location: one.outputs.where
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    bag: one.outputs.bag
    item: one.outputs.bag.y
  }
}

output plain string = 'as written'
output tls string = chosen
output list array = [for rule in rules: rule.name]
output through string = one.outputs.where
output whole object = base
output every array = [for i in range(0, 2): many[i].outputs.where]
