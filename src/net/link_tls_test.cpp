#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "link/sample_messages.hpp"
#include "net/link_connector.hpp"
#include "net/link_listener.hpp"

namespace blotter::net {
namespace {

using boost::asio::io_context;

/// An authority and members of it, made for one test: nothing expires in a repository.
class authority {
 public:
  explicit authority(std::string name)
      : name_(std::move(name)),
        folder_(testing::TempDir() + "blotter_" + name_ + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_);
    write(file("ca.pem"), *self_.certificate);
  }
  ~authority() { std::filesystem::remove_all(folder_); }

  link_tls_files member(const std::string& who) {
    const issued one = issue(who, &self_);
    write(file(who + ".pem"), *one.certificate);
    const file_handle to(std::fopen(file(who + ".key").c_str(), "w"), &std::fclose);
    EXPECT_EQ(PEM_write_PrivateKey(to.get(), one.key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
    return {file(who + ".pem"), file(who + ".key"), file("ca.pem")};
  }
  std::string file(const std::string& name) const { return folder_ + "/" + name; }

 private:
  using key_handle = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using certificate_handle = std::unique_ptr<X509, decltype(&X509_free)>;
  using file_handle = std::unique_ptr<std::FILE, decltype(&std::fclose)>;
  struct issued {
    key_handle key;
    certificate_handle certificate;
  };

  static issued issue(const std::string& who, const issued* by) {
    issued made{{EVP_EC_gen("P-256"), &EVP_PKEY_free}, {X509_new(), &X509_free}};
    X509* one = made.certificate.get();
    X509_set_version(one, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(one), by ? 2 : 1);
    X509_gmtime_adj(X509_getm_notBefore(one), -3600);
    X509_gmtime_adj(X509_getm_notAfter(one), 3600);
    X509_set_pubkey(one, made.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(one), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(who.c_str()), -1, -1, 0);
    X509_set_issuer_name(one, X509_get_subject_name(by ? by->certificate.get() : one));
    X509_EXTENSION* basic =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, by ? "CA:FALSE" : "critical,CA:TRUE");
    X509_add_ext(one, basic, -1);
    X509_EXTENSION_free(basic);
    EXPECT_GT(X509_sign(one, by ? by->key.get() : made.key.get(), EVP_sha256()), 0);
    return made;
  }
  static void write(const std::string& path, X509& one) {
    const file_handle to(std::fopen(path.c_str(), "w"), &std::fclose);
    EXPECT_EQ(PEM_write_X509(to.get(), &one), 1);
  }

  const std::string name_;
  const std::string folder_;
  const issued self_ = issue(name_, nullptr);
};

link_hub_options options_of(std::string member, std::shared_ptr<link_tls> tls) {
  link_hub_options options;
  options.session.self = {link::protocol_version, "blotter", std::move(member), {}};
  options.tls = std::move(tls);
  return options;
}

std::shared_ptr<link_tls> tls_of(const link_tls_files& files) {
  return std::make_shared<link_tls>(files);
}

template <class Hears>
struct heard_by : link_owner<Hears> {
  void link_up(link_id which, const link::hello&) override { up = which; }
  void received(link_id, Hears&& message) override { messages.push_back(std::move(message)); }
  void link_lost(link_id, const link::ending&) override { up.reset(); }
  std::optional<link_id> up;
  std::vector<Hears> messages;
};

/// A router and a node that calls it.
struct two_ends {
  two_ends(std::shared_ptr<link_tls> of_router, std::shared_ptr<link_tls> of_node)
      : routers(loop, options_of("router-1", std::move(of_router)), router),
        nodes(loop, options_of("node-1", std::move(of_node)), node),
        listener(routers, *endpoint::parse("127.0.0.1:0"), "--link"),
        connector(nodes, {"router-1", listener.at()}, {.waits = {milliseconds(1), milliseconds(20)}}) {
    listener.start();
    connector.start();
  }
  template <class Pred>
  void until(Pred done) {
    while (!done()) loop.run_one();
  }
  bool both_up() const { return router.up && node.up; }

  io_context loop;
  heard_by<link::to_router> router;
  heard_by<link::to_node> node;
  router_links routers;
  node_links nodes;
  link_listener listener;
  link_connector connector;
};

TEST(link_tls, carries_messages_between_members_of_one_authority) {
  authority ours("ours");
  two_ends two(tls_of(ours.member("router-1")), tls_of(ours.member("node-1")));
  two.until([&] { return two.both_up(); });
  random_source chance(1);
  two.routers.send(*two.router.up, link::feed_began{table::generation{1}, link::partitions_max, {}});
  std::string sent, got;
  for (int i = 0; i < 30; ++i) {
    const link::rows some = link::sample::any_rows(chance, 512);
    for (const link::row& each : some.all) sent += each.content.key();
    two.routers.send(*two.router.up, some);
  }
  two.nodes.send(*two.node.up, link::subscribe{link::subscription_id{1}, "c1", {}});
  two.until([&] {
    for (const auto& each : two.node.messages)
      if (const auto* some = std::get_if<link::rows>(&each))
        for (const link::row& one : some->all) got += one.content.key();
    two.node.messages.clear();
    return got.size() >= sent.size() && !two.router.messages.empty();
  });
  EXPECT_EQ(got, sent);
}

void expect_refused(two_ends& two, const char* why) {
  two.until([&] { return two.connector.tries() >= 2 && two.routers.figures().refused >= 1; });
  EXPECT_FALSE(two.both_up());
  EXPECT_EQ(two.routers.figures().begun, 0u);
  EXPECT_NE(two.connector.last_failure().find(why), std::string::npos) << two.connector.last_failure();
}

TEST(link_tls, refuses_a_node_of_another_authority) {
  authority ours("ours"), theirs("theirs");
  link_tls_files stranger = theirs.member("node-1");
  stranger.authority = ours.file("ca.pem");  // it trusts us, we do not trust it
  two_ends two(tls_of(ours.member("router-1")), tls_of(stranger));
  expect_refused(two, "certificates of the cluster's own authority");
}

TEST(link_tls, refuses_a_router_of_another_authority) {
  authority ours("ours"), theirs("theirs");
  two_ends two(tls_of(theirs.member("router-1")), tls_of(ours.member("node-1")));
  expect_refused(two, "certificate verify failed");
}

TEST(link_tls, refuses_a_node_in_the_clear) {
  authority ours("ours");
  two_ends two(tls_of(ours.member("router-1")), nullptr);
  two.until([&] { return two.routers.figures().refused >= 2; });
  EXPECT_EQ(two.routers.figures().begun, 0u);
  EXPECT_NE(two.connector.last_failure().find("takes links in TLS"), std::string::npos)
      << two.connector.last_failure();
}

TEST(link_tls, tells_a_node_that_the_router_has_no_tls) {
  authority ours("ours");
  two_ends two(nullptr, tls_of(ours.member("node-1")));
  expect_refused(two, "give both ends certificates");
}

TEST(link_tls, says_which_file_cannot_be_used) {
  authority ours("ours"), theirs("theirs");
  const link_tls_files good = ours.member("router-1"), other = theirs.member("router-1");
  const auto message_of = [](const link_tls_files& files) -> std::string {
    try {
      link_tls made(files);
      return "none";
    } catch (const std::runtime_error& e) {
      return e.what();
    }
  };
  EXPECT_EQ(message_of(good), "none");
  const auto begins = [](const std::string& text, const std::string& with) { return text.starts_with(with); };
  EXPECT_TRUE(begins(message_of({"/none.pem", good.key, good.authority}), "the certificate '/none.pem'"));
  EXPECT_TRUE(
      begins(message_of({good.certificate, "/none", good.authority}), "the key of the certificate '/none'"));
  EXPECT_TRUE(
      begins(message_of({good.certificate, good.key, "/none"}), "the certificate of the authority '/none'"));
  EXPECT_TRUE(
      begins(message_of({good.certificate, other.key, good.authority}), "the key of the certificate '"));
}

}  // namespace
}  // namespace blotter::net
