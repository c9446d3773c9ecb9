// Typed ids.
#pragma once

#include <compare>
#include <utility>

namespace omegate {

/// Names one kind of thing. Two `Id`s with different tags never convert into each other,
/// nor into a bare number or string: a prekey id cannot be passed where a device id is due.
template <class Tag, class Rep>
class Id {
 public:
  constexpr explicit Id(Rep value) : value_(std::move(value)) {}
  constexpr const Rep& value() const { return value_; }
  friend constexpr auto operator<=>(const Id&, const Id&) = default;

 private:
  Rep value_;
};

}  // namespace omegate
