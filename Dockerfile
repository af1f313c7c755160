# An image of one static binary. `armlint` is a static one for Linux, as the release's archives hold it:
#
#     docker build -t armlint --build-arg BINARY=armlint .
#     docker run --rm -v "$PWD:/repository:ro" armlint scan
FROM scratch
ARG BINARY=armlint
COPY --chmod=755 ${BINARY} /armlint
COPY LICENSE THIRD-PARTY.md /
# Nobody in particular, who owns nothing.
USER 65534:65534
WORKDIR /repository
ENTRYPOINT ["/armlint"]
