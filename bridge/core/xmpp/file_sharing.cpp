#include "bridge/core/xmpp/file_sharing.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/file_names.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/number.hpp"

namespace omegate::xmpp {
namespace {

using crypto::FileCipher;

constexpr std::string_view aesgcm_scheme = "aesgcm://", https_scheme = "https://";
constexpr std::size_t key_digits = 64;  // the last ones of the fragment; what is before is the IV

constexpr std::array<std::pair<FileCipher, std::string_view>, 3> ciphers{
    {{FileCipher::aes128_gcm, "urn:xmpp:ciphers:aes-128-gcm-nopadding:0"},
     {FileCipher::aes256_gcm, "urn:xmpp:ciphers:aes-256-gcm-nopadding:0"},
     {FileCipher::aes256_cbc, "urn:xmpp:ciphers:aes-256-cbc-pkcs7:0"}}};

constexpr std::array<std::pair<crypto::Hash, std::string_view>, 2> algorithms{
    {{crypto::Hash::sha256, "sha-256"}, {crypto::Hash::sha512, "sha-512"}}};

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// `rest`: what follows the scheme. A host, no name and password for it, no fragment.
bool is_place(std::string_view rest) {
  if (!is_printable(rest) || rest.size() > max_file_url || rest.find('#') != rest.npos) return false;
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  return !authority.empty() && authority.front() != ':' && authority.find_first_of("@\\") == authority.npos;
}

bool is_https(std::string_view url) {
  return url.starts_with(https_scheme) && is_place(url.substr(https_scheme.size()));
}

std::vector<FileHash> read_hashes(const xml::Element& parent) {
  std::vector<FileHash> hashes;
  for (const xml::Element& element : parent.children("hash", ns::hashes)) {
    const auto algorithm = std::find_if(algorithms.begin(), algorithms.end(),
                                        [&](const auto& each) { return each.second == element.attr("algo"); });
    if (algorithm == algorithms.end() || hashes.size() == max_file_hashes) continue;
    auto value = crypto::from_base64(element.text());
    if (!value || value->size() != crypto::digest_size(algorithm->first)) continue;
    hashes.push_back({algorithm->first, std::move(*value)});
  }
  return hashes;
}

void add_hashes(xml::Element& parent, const std::vector<FileHash>& hashes) {
  for (const FileHash& hash : hashes) {
    const auto algorithm = std::find_if(algorithms.begin(), algorithms.end(),
                                        [&](const auto& each) { return each.first == hash.algorithm; });
    if (algorithm == algorithms.end()) continue;
    parent.add(xml::text_element("hash", ns::hashes, crypto::to_base64(hash.value)))
        .set("algo", algorithm->second);
  }
}

std::optional<crypto::SecretBytes> read_key(const xml::Element& encrypted) {
  auto bytes = crypto::from_base64(encrypted.child_text("key", ns::encrypted_files));
  if (!bytes) return std::nullopt;
  crypto::SecretBytes key{ByteView(*bytes)};
  crypto::wipe(*bytes);
  return key;
}

/// One place for each `<url-data/>`: the same bytes lie at all of them.
void read_source(const xml::Element& encrypted, SharedFile& file) {
  const auto cipher = std::find_if(ciphers.begin(), ciphers.end(),
                                   [&](const auto& each) { return each.second == encrypted.attr("cipher"); });
  const auto key = read_key(encrypted);
  const auto iv = crypto::from_base64(encrypted.child_text("iv", ns::encrypted_files));
  if (cipher == ciphers.end() || !key || !iv) return;
  if (key->size() != crypto::key_size(cipher->first) || !crypto::is_iv_size(cipher->first, iv->size())) return;
  const auto hashes = read_hashes(encrypted);
  if (cipher->first == FileCipher::aes256_cbc && hashes.empty() && file.hashes.empty()) return;  // proves nothing
  const xml::Element* places = encrypted.child("sources", ns::file_sharing);
  if (places == nullptr) return;
  for (const xml::Element& place : places->children("url-data", ns::url_data)) {
    std::string_view url = place.attr("target").value_or("");
    url = url.substr(0, url.find('#'));
    if (!is_https(url) || file.sources.size() == max_file_sources) continue;
    file.sources.push_back({std::string(url), cipher->first, *key, *iv, hashes});
  }
}

std::optional<SharedFile> read_shared_file(const xml::Element& element) {
  const xml::Element* about = element.child("file", ns::file_metadata);
  const xml::Element* sources = element.child("sources", ns::file_sharing);
  if (sources == nullptr) return std::nullopt;
  SharedFile file{{}, {}, {}, {}, {}};
  if (about != nullptr) {
    file.name = about->child_text("name", ns::file_metadata);
    file.media_type = about->child_text("media-type", ns::file_metadata);
    file.size = parse_number<std::uint64_t>(about->child_text("size", ns::file_metadata));
    file.hashes = read_hashes(*about);
  }
  for (const xml::Element& encrypted : sources->children("encrypted", ns::encrypted_files))
    read_source(encrypted, file);
  if (file.sources.empty()) return std::nullopt;
  file.name = file.name.empty() ? name_in_url(file.sources.front().url) : safe_file_name(file.name);
  file.media_type = file.media_type.empty() ? media_type_of(file.name) : safe_media_type(file.media_type);
  return file;
}

}  // namespace

Result<FileSource> parse_aesgcm(std::string_view url) {
  if (!url.starts_with(aesgcm_scheme)) return Error::malformed;
  const std::size_t hash = url.find('#');
  if (hash == url.npos) return Error::malformed;
  const std::string_view place = url.substr(aesgcm_scheme.size(), hash - aesgcm_scheme.size());
  const std::string_view fragment = url.substr(hash + 1);
  if (!is_place(place)) return Error::malformed;
  if (fragment.size() != key_digits + 24 && fragment.size() != key_digits + 32) return Error::bad_encoding;
  auto bytes = crypto::from_hex(fragment);
  if (!bytes) return Error::bad_encoding;
  const ByteView all(*bytes);
  const std::size_t iv_size = all.size() - key_digits / 2;
  FileSource source{std::string(https_scheme) + std::string(place), FileCipher::aes256_gcm,
                    crypto::SecretBytes(all.subspan(iv_size)), Bytes(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(iv_size)),
                    {}};
  crypto::wipe(*bytes);
  return source;
}

std::string aesgcm_url(const FileSource& source) {
  return std::string(aesgcm_scheme) + source.url.substr(https_scheme.size()) + '#' + crypto::to_hex(source.iv) +
         crypto::to_hex(source.key);
}

std::optional<SharedFile> file_in_text(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' ')) text.remove_suffix(1);
  if (const std::size_t end = text.find('\n'); end != text.npos) {
    if (!text.substr(end + 1).starts_with("data:") || text.find('\n', end + 1) != text.npos) return std::nullopt;
    text = text.substr(0, end);
    if (text.ends_with('\r')) text.remove_suffix(1);
  }
  auto source = parse_aesgcm(text);
  if (!source) return std::nullopt;
  std::string name = name_in_url(source->url);
  std::string media_type = media_type_of(name);
  SharedFile file{std::move(name), std::move(media_type), {}, {}, {}};
  file.sources.push_back(std::move(*source));
  return file;
}

std::vector<SharedFile> read_shared_files(std::span<const xml::Element> content) {
  std::vector<SharedFile> files;
  for (const xml::Element& element : content) {
    if (!element.is("file-sharing", ns::file_sharing)) continue;
    if (files.size() == max_shared_files) break;
    if (auto file = read_shared_file(element)) files.push_back(std::move(*file));
  }
  return files;
}

xml::Element shared_file_element(const SharedFile& file) {
  xml::Element element("file-sharing", ns::file_sharing);
  element.set("disposition", "inline");
  xml::Element& about = element.add(xml::Element("file", ns::file_metadata));
  about.add(xml::text_element("media-type", ns::file_metadata, file.media_type));
  about.add(xml::text_element("name", ns::file_metadata, file.name));
  if (file.size) about.add(xml::text_element("size", ns::file_metadata, std::to_string(*file.size)));
  add_hashes(about, file.hashes);
  xml::Element& sources = element.add(xml::Element("sources", ns::file_sharing));
  for (const FileSource& source : file.sources) {
    const auto cipher = std::find_if(ciphers.begin(), ciphers.end(),
                                     [&](const auto& each) { return each.first == source.cipher; });
    xml::Element& encrypted = sources.add(xml::Element("encrypted", ns::encrypted_files));
    encrypted.set("cipher", cipher->second);
    encrypted.add(xml::text_element("key", ns::encrypted_files, crypto::to_base64(source.key)));
    encrypted.add(xml::text_element("iv", ns::encrypted_files, crypto::to_base64(source.iv)));
    add_hashes(encrypted, source.hashes);
    xml::Element& places = encrypted.add(xml::Element("sources", ns::file_sharing));
    places.add(xml::Element("url-data", ns::url_data)).set("target", source.url);
  }
  return element;
}

}  // namespace omegate::xmpp
