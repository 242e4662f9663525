#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace blotter::serve {

/// A real broker and real Hazelcast members for a local cluster, by the scripts of the working tree under
/// deploy/. What was started here is ended here: by `stop`, else at destruction, and by a small process that
/// waits for our end should we be killed. On one thread; used before there are others.
class cluster_parts {
 public:
  /// Data, settings and logs go below `folder`. `given_up` is asked while a script runs: true ends it, and
  /// what called it throws.
  cluster_parts(std::string folder, std::function<bool()> given_up);
  ~cluster_parts();
  cluster_parts(const cluster_parts&) = delete;
  cluster_parts& operator=(const cluster_parts&) = delete;

  /// Start them and give their address: kafka://HOST:PORT/TOPIC, with the topic there, and
  /// hazelcast://HOST:PORT,…/CLUSTER. Throw std::runtime_error with a sentence that says what to do.
  std::string start_kafka(const std::string& topic, unsigned partitions);
  std::string start_hazelcast();
  /// In order, each within 20 s, by force after that.
  void stop();

 private:
  struct part {
    std::string script;
    std::string folder;
  };
  const part& begin(std::string_view name);
  /// What it wrote to stdout, without the line's end.
  std::string run(const std::vector<std::string>& command);
  void guard();
  void release_guard();

  const std::string folder_;
  const std::function<bool()> given_up_;
  std::vector<part> started_;
  std::vector<int> guards_;  ///< write ends of pipes; closed without a word, the part is killed
};

}  // namespace blotter::serve
