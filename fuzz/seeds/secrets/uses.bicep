param label string = 'x${pin}'
type login = { user: string, @secure()
  pin: string }
var o = { a: pin, '${pin}': [ pin ] }
func f(x string) string => toUpper(x)
resource s 'Microsoft.Storage/storageAccounts@2023-01-01' = [for i in [ pin, label ]: if (pin != '') {
  name: i
  location: 'westeurope'
  tags: { a: o.a, b: string(o), '${pin}': base64(pin) }
  properties: { minimumTlsVersion: pin, x: map([ pin ], y => y), z: split(pin, '-')[0] }
}]
resource q 'Microsoft.Sql/servers@2023-05-01-preview' = {
  name: 'q'
  location: pin
  properties: { administratorLogin: pin, administratorLoginPassword: pin, minimalTlsVersion: f(pin) }
}
output a string = pin
output b object = { c: first(items(o))!.key }
