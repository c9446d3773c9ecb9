// Fuzz targets: one function per parser, each with a law, not only "does not crash".
//
// The same functions run under libFuzzer (scripts/fuzz) and, over the corpus, as a unit test
// (replay/corpus_test.cpp). A new target: a file in targets/RING, its name in the list below, a folder in
// corpus/, a file in dictionaries/.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "bridge/core/base/bytes.hpp"

#define OMEGATE_FUZZ_TARGETS(each)                                                                     \
  each(xml) each(stanza) each(jid) each(scram) each(omemo) each(bundle) each(device_list) each(sce)    \
      each(wire) each(session) each(base64) each(uri) each(frame) each(ledger) each(http) each(config) \
          each(manifest) each(backup) each(hook) each(one_line) each(control) \
          each(file_sharing) each(smtp) each(mime) each(smtp_reply) each(imap)

namespace omegate::fuzz {

#define OMEGATE_DECLARE_TARGET(name) void fuzz_##name(ByteView input);
OMEGATE_FUZZ_TARGETS(OMEGATE_DECLARE_TARGET)
#undef OMEGATE_DECLARE_TARGET

/// Ends the program: the fuzzer keeps the input that broke the law.
inline void require(bool law_holds, const char* law) {
  if (law_holds) return;
  std::fprintf(stderr, "law broken: %s\n", law);
  std::abort();
}

}  // namespace omegate::fuzz
