// Where the parts of this installation lie: beside the program, or in the build tree it runs from.
#pragma once

#include <filesystem>

namespace omegate::app {

struct Installation {
  std::filesystem::path plugins_dir;  // shipped plugins, one folder each
  std::filesystem::path worker;       // the program omegate-plugin-worker

  /// Found from the running program's own path, never from $PATH or the working directory.
  static Installation find();
  /// The same for a program at `program`, absolute.
  static Installation find_from(const std::filesystem::path& program);
};

}  // namespace omegate::app
