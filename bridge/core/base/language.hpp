// The languages in which a bot speaks to people by itself.
#pragma once

namespace omegate {

enum class Language { english, german };

}  // namespace omegate
