#include "bridge/core/xmpp/omemo_nodes.hpp"

#include <algorithm>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/omemo/keys.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/number.hpp"

namespace omegate::xmpp {
namespace {

using omemo::PublicKey;
using omemo::Version;

/// How one version writes a bundle.
struct BundleNames {
  std::string_view signed_prekey, signed_prekey_id, signature, identity, prekeys, prekey, prekey_id;
};

constexpr BundleNames legacy_names{
    "signedPreKeyPublic", "signedPreKeyId", "signedPreKeySignature", "identityKey", "prekeys",
    "preKeyPublic",       "preKeyId"};
constexpr BundleNames omemo2_names{"spk", "id", "spks", "ik", "prekeys", "pk", "id"};

constexpr const BundleNames& names_of(Version version) {
  return version == Version::legacy ? legacy_names : omemo2_names;
}

constexpr Byte curve_type = 0x05;  // legacy writes it in front of every public key

std::string encode_key(Version version, const PublicKey& key) {
  Bytes bytes(key.begin(), key.end());
  if (version == Version::legacy) bytes.insert(bytes.begin(), curve_type);
  return crypto::to_base64(bytes);
}

template <std::size_t Size>
std::optional<std::array<Byte, Size>> exactly(ByteView bytes) {
  if (bytes.size() != Size) return std::nullopt;
  std::array<Byte, Size> array{};
  std::copy(bytes.begin(), bytes.end(), array.begin());
  return array;
}

std::optional<PublicKey> decode_key(Version version, std::string_view text) {
  const auto bytes = crypto::from_base64(text);
  if (!bytes) return std::nullopt;
  if (version == Version::omemo2) return exactly<32>(*bytes);
  if (bytes->size() != 33 || bytes->front() != curve_type) return std::nullopt;
  return exactly<32>(ByteView(*bytes).subspan(1));
}

std::optional<std::uint32_t> decode_prekey_id(const xml::Element& element, std::string_view attribute) {
  const auto id = parse_number<std::uint32_t>(element.attr(attribute).value_or(""));
  if (!id || *id > omemo::max_prekey_id) return std::nullopt;
  return id;
}

Result<omemo::IdentityKey> decode_identity(Version version, std::string_view text) {
  const auto key = decode_key(version, text);
  if (!key) return Error::malformed;
  if (version == Version::legacy) return omemo::IdentityKey::from_curve(*key);
  return omemo::IdentityKey::from_ed(*key);
}

bool has_prekey(const std::vector<omemo::BundlePreKey>& prekeys, std::uint32_t id) {
  return std::any_of(prekeys.begin(), prekeys.end(), [&](const auto& prekey) { return prekey.id == id; });
}

std::vector<omemo::BundlePreKey> decode_prekeys(Version version, const xml::Element& bundle) {
  const BundleNames& names = names_of(version);
  const std::string_view space = omemo_namespace(version);
  std::vector<omemo::BundlePreKey> prekeys;
  const xml::Element* list = bundle.child(names.prekeys, space);
  if (!list) return prekeys;
  for (const xml::Element& element : list->children(names.prekey, space)) {
    if (prekeys.size() == omemo::max_bundle_prekeys) break;
    const auto id = decode_prekey_id(element, names.prekey_id);
    const auto key = decode_key(version, element.text());
    if (id && key && !has_prekey(prekeys, *id)) prekeys.push_back({*id, *key});
  }
  return prekeys;
}

/// The child that must be there exactly once.
Result<const xml::Element*> only_child(const xml::Element& parent, std::string_view local,
                                       std::string_view space) {
  const xml::Element* only = nullptr;
  for (const xml::Element& child : parent.children(local, space)) {
    if (only) return Error::ambiguous;
    only = &child;
  }
  if (!only) return Error::malformed;
  return only;
}

std::string_view list_name(Version version) { return version == Version::legacy ? "list" : "devices"; }

bool is_listed(const std::vector<ListedDevice>& devices, omemo::DeviceId id) {
  return std::any_of(devices.begin(), devices.end(),
                     [&](const ListedDevice& device) { return device.id == id; });
}

void read_label(const xml::Element& element, ListedDevice& device) {
  const auto label = element.attr("label");
  const auto signature = crypto::from_base64(element.attr("labelsig").value_or(""));
  if (!label || label->size() > max_label || !signature) return;
  device.label = *label;
  device.label_signature = *signature;
}

}  // namespace

std::string_view omemo_namespace(Version version) {
  return version == Version::legacy ? ns::omemo_legacy : ns::omemo2;
}

std::string device_list_node(Version version) {
  return std::string(omemo_namespace(version)) + (version == Version::legacy ? ".devicelist" : ":devices");
}

std::string bundle_node(Version version, omemo::DeviceId device) {
  if (version == Version::omemo2) return std::string(ns::omemo2) + ":bundles";
  return std::string(ns::omemo_legacy) + ".bundles:" + std::to_string(device.value());
}

std::string bundle_item(Version version, omemo::DeviceId device) {
  return version == Version::legacy ? std::string(device_list_item) : std::to_string(device.value());
}

std::optional<Version> device_list_version(std::string_view node) {
  for (const Version version : {Version::legacy, Version::omemo2}) {
    if (node == device_list_node(version)) return version;
  }
  return std::nullopt;
}

NodeOptions device_list_options(Version) { return open_node(); }

NodeOptions bundle_options(Version version, std::string_view max_items) {
  return open_node(version == Version::legacy ? std::string_view() : max_items);
}

xml::Element build_device_list(Version version, const std::vector<ListedDevice>& devices) {
  const std::string_view space = omemo_namespace(version);
  xml::Element list(list_name(version), space);
  for (const ListedDevice& device : devices) {
    xml::Element& element = list.add(xml::Element("device", space));
    element.set("id", std::to_string(device.id.value()));
    if (version == Version::legacy || device.label.empty()) continue;
    element.set("label", device.label).set("labelsig", crypto::to_base64(device.label_signature));
  }
  return list;
}

Result<std::vector<ListedDevice>> parse_device_list(Version version, const xml::Element& list) {
  const std::string_view space = omemo_namespace(version);
  if (!list.is(list_name(version), space)) return Error::malformed;
  std::vector<ListedDevice> devices;
  for (const xml::Element& element : list.children("device", space)) {
    const auto number = parse_number<std::uint64_t>(element.attr("id").value_or(""));
    const auto id = omemo::make_device_id(number.value_or(0));
    if (!id || is_listed(devices, *id)) continue;
    if (devices.size() == max_listed_devices) devices.erase(devices.begin());  // the newest stand last
    ListedDevice& device = devices.emplace_back(ListedDevice{*id, {}, {}});
    if (version == Version::omemo2) read_label(element, device);
  }
  return devices;
}

bool label_is_genuine(const ListedDevice& device, const omemo::IdentityKey& identity) {
  const auto signature = exactly<64>(device.label_signature);
  if (device.label.empty() || !signature || !identity.ed) return false;
  return omemo::verify(Version::omemo2, identity, as_bytes(device.label), *signature);
}

xml::Element build_bundle(const omemo::Bundle& bundle) {
  const Version version = bundle.version;
  const BundleNames& names = names_of(version);
  const std::string_view space = omemo_namespace(version);
  xml::Element element("bundle", space);
  element.add(xml::text_element(names.signed_prekey, space, encode_key(version, bundle.signed_prekey)))
      .set(names.signed_prekey_id, std::to_string(bundle.signed_prekey_id));
  element.add(xml::text_element(names.signature, space, crypto::to_base64(bundle.signature)));
  element.add(xml::text_element(names.identity, space, encode_key(version, bundle.identity.wire(version))));
  xml::Element& prekeys = element.add(xml::Element(names.prekeys, space));
  for (const omemo::BundlePreKey& prekey : bundle.prekeys) {
    prekeys.add(xml::text_element(names.prekey, space, encode_key(version, prekey.curve)))
        .set(names.prekey_id, std::to_string(prekey.id));
  }
  return element;
}

Result<omemo::Bundle> parse_bundle(Version version, const xml::Element& element) {
  const BundleNames& names = names_of(version);
  const std::string_view space = omemo_namespace(version);
  if (!element.is("bundle", space)) return Error::malformed;
  const auto signed_prekey = only_child(element, names.signed_prekey, space);
  const auto signature = only_child(element, names.signature, space);
  const auto identity = only_child(element, names.identity, space);
  if (!signed_prekey || !signature || !identity) return Error::malformed;

  const auto signed_prekey_id = decode_prekey_id(**signed_prekey, names.signed_prekey_id);
  const auto signed_prekey_key = decode_key(version, (*signed_prekey)->text());
  const auto signature_bytes = crypto::from_base64((*signature)->text());
  if (!signed_prekey_id || !signed_prekey_key || !signature_bytes) return Error::malformed;
  const auto fixed_signature = exactly<64>(*signature_bytes);
  if (!fixed_signature) return Error::malformed;
  const auto identity_key = decode_identity(version, (*identity)->text());
  if (!identity_key) return identity_key.error();

  auto prekeys = decode_prekeys(version, element);
  if (prekeys.empty()) return omemo::Error::no_prekey;
  return omemo::Bundle{version,          *identity_key,     *signed_prekey_id, *signed_prekey_key,
                       *fixed_signature, std::move(prekeys)};
}

}  // namespace omegate::xmpp
