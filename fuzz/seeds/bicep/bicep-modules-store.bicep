param name string
param settings object
param sku string = 'Basic'
param where string = 'northeurope'

var alias = settings.tls

resource store 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: name
  location: where
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    minimumTlsVersion: alias
    settings: settings
    nested: { list: settings.list, own: 'of the module' }
  }
}

output where string = where
output bag object = { x: 'literal', y: sku }
