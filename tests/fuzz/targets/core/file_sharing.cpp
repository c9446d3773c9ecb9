// Laws: a file has a place behind https without its key, a name that is no path, and survives being written
// anew; a slot's headers stay in their lines. Input: the text of a message, or a stanza.
#include "bridge/core/xmpp/file_sharing.hpp"

#include <algorithm>

#include "bridge/core/xml/document.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/upload.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

using namespace omegate::xmpp;

void check(const SharedFile& file) {
  require(!file.name.empty() && file.name.size() <= max_file_name, "a file has a name of bounded length");
  require(file.name.find_first_of(std::string_view("/\\\0\n", 4)) == file.name.npos && file.name.front() != '.',
          "a name is no path");
  require(!file.sources.empty() && file.sources.size() <= max_file_sources, "a file lies somewhere");
  for (const FileSource& source : file.sources) {
    require(source.url.starts_with("https://") && source.url.find('#') == source.url.npos,
            "a place is behind https and holds no key");
    require(source.url.find_first_of(" \r\n") == source.url.npos, "a place fits into a line");
    require(crypto::FileOpener::begin(source.cipher, source.key, source.iv).has_value(), "a source can be opened");
  }
  const std::vector<xml::Element> again{shared_file_element(file)};
  const auto back = read_shared_files(again);
  require(back.size() == 1 && back[0].name == file.name && back[0].size == file.size && back[0].hashes == file.hashes,
          "a file survives being written anew");
}

void check_slot(const xml::Element& iq) {
  const auto slot = parse_slot(iq);
  if (!slot) return;
  require(slot->put.starts_with("https://") && slot->get.starts_with("https://"), "files go by https only");
  for (const auto& [name, value] : slot->headers)
    require(value.find_first_of("\r\n") == value.npos && name.find_first_of("\r\n: ") == name.npos,
            "a header stays in its line");
}

}  // namespace

void fuzz_file_sharing(ByteView input) {
  const std::string_view text = as_text(input);
  if (const auto file = file_in_text(text)) {
    check(*file);
    if (file->sources[0].iv.size() == 12)
      require(file_in_text(aesgcm_url(file->sources[0])).has_value(), "a link is a link");
  }
  const auto document = xml::parse_document(text);
  if (!document) return;
  for (const SharedFile& file : read_shared_files(document->children())) check(file);
  check_slot(*document);
  (void)parse_slot_refusal(*document);
  if (const auto items = parse_items(*document)) require(items->size() <= max_server_items, "items are counted");
}

}  // namespace omegate::fuzz
