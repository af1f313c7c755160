@export()
type Sku = 'Standard' | 'Premium'

@export()
var shared = { inner: 'imported', list: [1, 2] }

var hidden = '-suffix'

@export()
func suffixed(x string) string => '${x}-suffix'
