@description('Where the account is deployed.')
param location string

@description('The name of the account.')
param name string

@description('The oldest version of TLS that clients may use.')
param minTls string

@description('The tags of the account.')
param tags object

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
  }
  properties: {
    supportsHttpsTrafficOnly: true
    minimumTlsVersion: minTls
    allowBlobPublicAccess: false
  }
}

@description('Where its blobs are.')
output endpoint string = account.properties.primaryEndpoints.blob
