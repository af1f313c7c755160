using none
extends 'base.bicepparam'
param tags = union(base.tags, { x: '''a
b''' })
