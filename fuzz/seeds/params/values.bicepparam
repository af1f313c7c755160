using 'main.bicep'
import { shared } from 'module.bicep'
var team = readEnvironmentVariable('TEAM', 'blue')
param tls = 'TLS1_0'
param name = 'st${uniqueString(team)}'
param tags = { team: team, 'odd key': null, ...{ a: 1 } }
param rules = [for i in range(0, 2): { name: 'r${i}', port: i == 0 ? 22 : null }]
param secret = az.getSecret('s', 'rg', 'vault', 'name', 'v')
