// Laws: how the bytes of a socket are cut does not matter, and a frame that was understood is written and
// read back as the same.
#include "bridge/core/plugin/frame.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "bridge/core/plugin/frame_reader.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

struct Cut {
  std::vector<std::string> frames;
  bool broken = false;

  void take(plugin::FrameReader& reader) {
    while (!broken) {
      auto frame = reader.next();
      broken = !frame;
      if (broken || !*frame) return;
      frames.push_back(std::move(**frame));
    }
  }
};

Cut cut(std::string_view bytes, std::size_t step) {
  plugin::FrameReader reader;
  Cut cut;
  for (; !bytes.empty() && !cut.broken; bytes.remove_prefix(std::min(step, bytes.size()))) {
    reader.feed(bytes.substr(0, step));
    cut.take(reader);
  }
  return cut;
}

template <class Frame>
void expect_stable(const Result<Frame>& frame, Result<Frame> (*parse)(std::string_view)) {
  if (!frame) return;
  const auto bytes = plugin::encode(*frame);
  if (!bytes) return;  // an error text may grow beyond the limit when it is mended
  const auto again = parse(std::string_view(*bytes).substr(4));
  require(again.has_value(), "what we write we understand");
  const auto second = plugin::encode(*again);
  require(second && *second == *bytes, "writing is stable");
}

}  // namespace

void fuzz_frame(ByteView input) {
  const Cut whole = cut(as_text(input), input.size());
  const Cut pieces = cut(as_text(input), 3);
  require(whole.frames == pieces.frames && whole.broken == pieces.broken, "cutting does not matter");
  for (const auto& frame : whole.frames) {
    expect_stable(plugin::parse_to_gateway(frame), &plugin::parse_to_gateway);
    expect_stable(plugin::parse_to_worker(frame), &plugin::parse_to_worker);
  }
}

}  // namespace omegate::fuzz
