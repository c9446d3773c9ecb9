// GMime's objects with an owner. Inside edge/mime only.
#pragma once

#include <gmime/gmime.h>

#include <memory>
#include <string>

namespace omegate::mime {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Ref = std::unique_ptr<T, Unref>;

struct Free {
  void operator()(char* text) const { g_free(text); }
};
using OwnedText = std::unique_ptr<char, Free>;

inline std::string to_string(const char* text) { return text == nullptr ? std::string() : std::string(text); }

/// Before anything else of GMime, from any thread.
void use_gmime();

}  // namespace omegate::mime
