# One service of Slipway, from what ./mvnw package made of it: docker build --build-arg SERVICE=notifier .
FROM eclipse-temurin:25-jre
ARG SERVICE
COPY ${SERVICE}/target/quarkus-app /opt/slipway
# Nobody in particular: the service writes nothing to its disk but temporary files.
USER 10001:10001
ENV QUARKUS_HTTP_PORT=8080
EXPOSE 8080
# The base image has bash, and need not have curl.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=6 CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/$QUARKUS_HTTP_PORT && printf 'GET /health/ready HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && read -r status <&3 && [[ $status == *' 200 '* ]]"]
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=70", "-XX:+ExitOnOutOfMemoryError", "--enable-native-access=ALL-UNNAMED", \
  "--sun-misc-unsafe-memory-access=allow", "-jar", "/opt/slipway/quarkus-run.jar"]
