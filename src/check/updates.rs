//! What Azure makes of a change: properties that cannot be updated once a resource is there.
//!
//! The table holds what Azure's documentation says in so many words; whatever is not in it is taken for updatable.

/// What becomes of a deployment that changes a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It is another resource: a new one is made, and the old one stays where nobody removes it.
    Replaced,
    /// Azure refuses it: the resource has to be deleted and made anew.
    Refused,
}

impl Effect {
    /// The word of the JSON report.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Replaced => "replaced",
            Effect::Refused => "refused",
        }
    }

    /// What people read.
    pub fn words(self) -> &'static str {
        match self {
            Effect::Replaced => "another resource: a new one is made, the old one stays in incremental mode",
            Effect::Refused => "cannot be updated: Azure refuses it, or the resource has to be made anew",
        }
    }
}

/// A property that cannot be updated.
struct Fixed {
    /// In small letters; `*` is any.
    type_: &'static str,
    /// In small letters, without what tells items apart.
    path: &'static str,
    /// Which words of Azure's say so.
    #[allow(dead_code, reason = "whoever changes the table looks there")]
    source: &'static str,
}

const fn fixed(type_: &'static str, path: &'static str, source: &'static str) -> Fixed {
    Fixed { type_, path, source }
}

const TABLE: &[Fixed] = &[
    fixed(
        "*",
        "location",
        "learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-invalid-template (InvalidResourceLocation)",
    ),
    fixed(
        "microsoft.storage/storageaccounts",
        "properties.ishnsenabled",
        "learn.microsoft.com/azure/storage/blobs/upgrade-to-data-lake-storage-gen2",
    ),
    fixed(
        "microsoft.storage/storageaccounts",
        "properties.isnfsv3enabled",
        "learn.microsoft.com/azure/storage/blobs/network-file-system-protocol-support",
    ),
    fixed(
        "microsoft.storage/storageaccounts",
        "properties.encryption.requireinfrastructureencryption",
        "learn.microsoft.com/azure/storage/common/infrastructure-encryption-enable",
    ),
    fixed(
        "microsoft.network/publicipaddresses",
        "zones",
        "learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses",
    ),
    fixed(
        "microsoft.network/publicipaddresses",
        "properties.publicipaddressversion",
        "learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses",
    ),
    fixed(
        "microsoft.network/publicipaddresses",
        "sku.tier",
        "learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses",
    ),
    fixed("microsoft.network/loadbalancers", "sku.name", "learn.microsoft.com/azure/load-balancer/skus"),
    fixed("microsoft.network/loadbalancers", "sku.tier", "learn.microsoft.com/azure/load-balancer/skus"),
    fixed(
        "microsoft.network/virtualnetworkgateways",
        "properties.gatewaytype",
        "learn.microsoft.com/azure/vpn-gateway/vpn-gateway-about-vpn-gateway-settings",
    ),
    fixed(
        "microsoft.network/virtualnetworkgateways",
        "properties.vpntype",
        "learn.microsoft.com/azure/vpn-gateway/vpn-gateway-about-vpn-gateway-settings",
    ),
    fixed(
        "microsoft.compute/virtualmachines",
        "zones",
        "learn.microsoft.com/azure/virtual-machines/create-portal-availability-zone",
    ),
    fixed(
        "microsoft.compute/virtualmachines",
        "properties.availabilityset.id",
        "learn.microsoft.com/azure/virtual-machines/windows/change-availability-set",
    ),
    fixed(
        "microsoft.compute/virtualmachines",
        "properties.osprofile.computername",
        "learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update",
    ),
    fixed(
        "microsoft.compute/virtualmachines",
        "properties.osprofile.adminusername",
        "learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update",
    ),
    fixed(
        "microsoft.compute/virtualmachines",
        "properties.osprofile.adminpassword",
        "learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update",
    ),
    fixed(
        "microsoft.compute/virtualmachines",
        "properties.osprofile.customdata",
        "learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update",
    ),
    fixed(
        "microsoft.compute/virtualmachines",
        "properties.storageprofile.imagereference",
        "learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update",
    ),
    fixed("microsoft.compute/disks", "zones", "learn.microsoft.com/rest/api/compute/disks/create-or-update"),
    fixed(
        "microsoft.compute/disks",
        "properties.creationdata",
        "learn.microsoft.com/rest/api/compute/disks/create-or-update",
    ),
    fixed(
        "microsoft.compute/availabilitysets",
        "properties.platformfaultdomaincount",
        "learn.microsoft.com/rest/api/compute/availability-sets/create-or-update",
    ),
    fixed(
        "microsoft.containerservice/managedclusters",
        "properties.dnsprefix",
        "learn.microsoft.com/rest/api/aks/managed-clusters/create-or-update",
    ),
    fixed(
        "microsoft.containerservice/managedclusters",
        "properties.noderesourcegroup",
        "learn.microsoft.com/azure/aks/faq",
    ),
    fixed(
        "microsoft.containerservice/managedclusters",
        "properties.networkprofile.servicecidr",
        "learn.microsoft.com/azure/aks/configure-azure-cni",
    ),
    fixed(
        "microsoft.containerservice/managedclusters",
        "properties.networkprofile.dnsserviceip",
        "learn.microsoft.com/azure/aks/configure-azure-cni",
    ),
    fixed(
        "microsoft.containerservice/managedclusters",
        "properties.agentpoolprofiles.vmsize",
        "learn.microsoft.com/azure/aks/resize-node-pool",
    ),
    fixed(
        "microsoft.containerservice/managedclusters/agentpools",
        "properties.vmsize",
        "learn.microsoft.com/azure/aks/resize-node-pool",
    ),
    fixed(
        "microsoft.containerservice/managedclusters/agentpools",
        "properties.ostype",
        "learn.microsoft.com/azure/aks/create-node-pools",
    ),
    fixed(
        "microsoft.containerservice/managedclusters/agentpools",
        "properties.availabilityzones",
        "learn.microsoft.com/azure/aks/availability-zones",
    ),
    fixed(
        "microsoft.containerservice/managedclusters",
        "properties.networkprofile.loadbalancersku",
        "learn.microsoft.com/azure/aks/load-balancer-standard",
    ),
    fixed(
        "microsoft.containerservice/managedclusters",
        "properties.agentpoolprofiles.enableencryptionathost",
        "learn.microsoft.com/azure/aks/enable-host-encryption",
    ),
    fixed(
        "microsoft.containerservice/managedclusters",
        "properties.agentpoolprofiles.osdisktype",
        "learn.microsoft.com/rest/api/aks/agent-pools/create-or-update",
    ),
    fixed(
        "microsoft.containerservice/managedclusters/agentpools",
        "properties.enableencryptionathost",
        "learn.microsoft.com/azure/aks/enable-host-encryption",
    ),
    fixed(
        "microsoft.containerservice/managedclusters/agentpools",
        "properties.osdisktype",
        "learn.microsoft.com/rest/api/aks/agent-pools/create-or-update",
    ),
    fixed(
        "microsoft.documentdb/databaseaccounts",
        "properties.enablefreetier",
        "learn.microsoft.com/azure/cosmos-db/free-tier",
    ),
    fixed(
        "microsoft.documentdb/databaseaccounts",
        "properties.locations.iszoneredundant",
        "learn.microsoft.com/azure/reliability/migrate-cosmos-nosql",
    ),
    fixed(
        "microsoft.documentdb/databaseaccounts/sqldatabases/containers",
        "properties.resource.partitionkey",
        "learn.microsoft.com/azure/cosmos-db/partitioning-overview",
    ),
    fixed(
        "microsoft.sql/servers",
        "properties.administratorlogin",
        "learn.microsoft.com/azure/azure-sql/database/logins-create-manage",
    ),
    fixed(
        "microsoft.sql/servers/databases",
        "properties.collation",
        "learn.microsoft.com/azure/azure-sql/database/resource-limits-logical-server",
    ),
    fixed(
        "microsoft.dbforpostgresql/flexibleservers",
        "properties.administratorlogin",
        "learn.microsoft.com/azure/postgresql/flexible-server/how-to-create-users",
    ),
    fixed(
        "microsoft.dbforpostgresql/flexibleservers",
        "properties.network.delegatedsubnetresourceid",
        "learn.microsoft.com/azure/postgresql/flexible-server/concepts-networking-private",
    ),
    fixed(
        "microsoft.dbforpostgresql/flexibleservers",
        "properties.backup.georedundantbackup",
        "learn.microsoft.com/azure/postgresql/flexible-server/concepts-backup-restore",
    ),
    fixed(
        "microsoft.dbforpostgresql/servers",
        "properties.storageprofile.georedundantbackup",
        "learn.microsoft.com/azure/postgresql/single-server/concepts-backup",
    ),
    fixed(
        "microsoft.dbformysql/servers",
        "properties.storageprofile.georedundantbackup",
        "learn.microsoft.com/azure/mysql/single-server/concepts-backup",
    ),
    fixed(
        "microsoft.dbformariadb/servers",
        "properties.storageprofile.georedundantbackup",
        "learn.microsoft.com/azure/mariadb/concepts-backup",
    ),
    fixed(
        "microsoft.dbformysql/flexibleservers",
        "properties.administratorlogin",
        "learn.microsoft.com/azure/mysql/flexible-server/how-to-create-users",
    ),
    fixed(
        "microsoft.dbformysql/flexibleservers",
        "properties.network.delegatedsubnetresourceid",
        "learn.microsoft.com/azure/mysql/flexible-server/concepts-networking-vnet",
    ),
    fixed(
        "microsoft.servicebus/namespaces/queues",
        "properties.requiressession",
        "learn.microsoft.com/azure/service-bus-messaging/message-sessions",
    ),
    fixed(
        "microsoft.servicebus/namespaces/queues",
        "properties.requiresduplicatedetection",
        "learn.microsoft.com/azure/service-bus-messaging/enable-duplicate-detection",
    ),
    fixed(
        "microsoft.servicebus/namespaces/queues",
        "properties.enablepartitioning",
        "learn.microsoft.com/azure/service-bus-messaging/service-bus-partitioning",
    ),
    fixed(
        "microsoft.servicebus/namespaces/topics",
        "properties.requiresduplicatedetection",
        "learn.microsoft.com/azure/service-bus-messaging/enable-duplicate-detection",
    ),
    fixed(
        "microsoft.servicebus/namespaces/topics",
        "properties.enablepartitioning",
        "learn.microsoft.com/azure/service-bus-messaging/service-bus-partitioning",
    ),
    fixed(
        "microsoft.web/serverfarms",
        "properties.reserved",
        "learn.microsoft.com/azure/app-service/overview-hosting-plans",
    ),
    fixed(
        "microsoft.app/managedenvironments",
        "properties.vnetconfiguration",
        "learn.microsoft.com/azure/container-apps/networking",
    ),
    fixed(
        "microsoft.app/managedenvironments",
        "properties.zoneredundant",
        "learn.microsoft.com/azure/reliability/reliability-azure-container-apps",
    ),
    fixed(
        "microsoft.kusto/clusters",
        "properties.enabledoubleencryption",
        "learn.microsoft.com/azure/data-explorer/cluster-encryption-double",
    ),
    fixed(
        "microsoft.devices/iothubs",
        "properties.mintlsversion",
        "learn.microsoft.com/azure/iot-hub/iot-hub-tls-support",
    ),
    fixed(
        "microsoft.dashboard/grafana",
        "properties.zoneredundancy",
        "learn.microsoft.com/azure/managed-grafana/how-to-enable-zone-redundancy",
    ),
    fixed(
        "microsoft.synapse/workspaces",
        "properties.managedvirtualnetwork",
        "learn.microsoft.com/azure/synapse-analytics/security/synapse-workspace-managed-vnet",
    ),
    fixed(
        "microsoft.synapse/workspaces",
        "properties.managedvirtualnetworksettings.preventdataexfiltration",
        "learn.microsoft.com/azure/synapse-analytics/security/workspace-data-exfiltration-protection",
    ),
];

/// What becomes of a change of this property; `None` where it can be updated, as far as the table knows.
pub fn of(type_: &str, path: &str) -> Option<Effect> {
    let (type_, path) = (type_.to_ascii_lowercase(), without_items(path));
    if path == "name" {
        return Some(Effect::Replaced);
    }
    let within = |fixed: &str| path.strip_prefix(fixed).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let said = TABLE.iter().any(|f| (f.type_ == "*" || f.type_ == type_) && within(f.path));
    said.then_some(Effect::Refused)
}

/// `properties.subnets[web].x` as `properties.subnets.x`, in small letters.
fn without_items(path: &str) -> String {
    let (mut out, mut depth) = (String::with_capacity(path.len()), 0_usize);
    for c in path.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c.to_ascii_lowercase()),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_asked_for_properties_and_all_that_is_in_them() {
        assert_eq!(of("A.B/c", "name"), Some(Effect::Replaced));
        assert_eq!(of("A.B/c", "location"), Some(Effect::Refused));
        assert_eq!(of("A.B/c", "properties.location"), None);
        assert_eq!(of("Microsoft.Compute/virtualMachines", "zones[0]"), Some(Effect::Refused));
        assert_eq!(of("Microsoft.Compute/disks", "properties.creationData.createOption"), Some(Effect::Refused));
        assert_eq!(
            of("Microsoft.ContainerService/managedClusters", "properties.agentPoolProfiles[x.y].vmSize"),
            Some(Effect::Refused)
        );
        assert_eq!(of("Microsoft.Network/loadBalancers", "sku.names"), None);
        let once = |type_: &str, path: &str| assert_eq!(of(type_, path), Some(Effect::Refused), "{type_} {path}");
        once("Microsoft.DBforPostgreSQL/flexibleServers", "properties.backup.geoRedundantBackup");
        once("Microsoft.DocumentDB/databaseAccounts", "properties.locations[West Europe].isZoneRedundant");
        once("Microsoft.ContainerService/managedClusters", "properties.agentPoolProfiles[a].osDiskType");
        once("Microsoft.Devices/IotHubs", "properties.minTlsVersion");
    }

    #[test]
    fn the_table_is_in_small_letters() {
        let small = |s: &str| s == s.to_ascii_lowercase();
        assert!(TABLE.iter().all(|f| small(f.type_) && small(f.path) && f.source.starts_with("learn.microsoft.com/")));
    }
}
