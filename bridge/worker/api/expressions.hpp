// Regular expressions as values of Lua.
#pragma once

#include <memory>

#include "bridge/worker/expression.hpp"

struct lua_State;

namespace omegate::worker {

/// What stands at `argument`; null: it is no P.re.
std::shared_ptr<const Expression> expression_at(lua_State* lua, int argument);

/// Pushes `{[0] = whole, first group, …, name = …}`. A group that took no part is absent.
void push_match(lua_State* lua, const Expression& expression, const std::vector<Expression::Group>& found);

}  // namespace omegate::worker
