using 'main.bicep'

param stage = 'prod'
param minTls = 'TLS1_0'
