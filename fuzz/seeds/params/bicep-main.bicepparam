using 'main.bicep'

var team = 'blue'

param sku = 'Premium'
param names = ['three', 'four']
param bag = {
  team: team
  list: ['x', { deep: true }]
  odd: '[not read]'
}
param password = 'hunter 2'
