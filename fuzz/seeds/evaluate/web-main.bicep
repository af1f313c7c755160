// A web app with its storage account. Some settings are wrong on purpose: `armlint scan examples` finds them.

@description('Where everything is deployed.')
param location string = resourceGroup().location

@description('Which environment this is.')
@allowed(['test', 'prod'])
param stage string

@description('The oldest version of TLS that clients may use.')
param minTls string

var tags = {
  stage: stage
  application: 'shop'
}

module store 'modules/store.bicep' = {
  name: 'store'
  params: {
    location: location
    name: 'stshop${stage}'
    minTls: minTls
    tags: tags
  }
}

resource plan 'Microsoft.Web/serverfarms@2023-12-01' = {
  name: 'plan-shop-${stage}'
  location: location
  tags: tags
  sku: {
    name: 'P1v3'
    tier: 'PremiumV3'
    capacity: 3
  }
}

resource site 'Microsoft.Web/sites@2023-12-01' = {
  name: 'app-shop-${stage}'
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: false
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      appSettings: [
        {
          name: 'BlobEndpoint'
          value: store.outputs.endpoint
        }
      ]
    }
  }
}
