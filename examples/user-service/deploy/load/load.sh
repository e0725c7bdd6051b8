#!/bin/sh
# A little of everything that the service does, for the dashboards: users that are created, read,
# changed and deleted, and requests that cannot be served.

http=http://app:8080
count=0

# Docker stops a process 1 that does not ask for it only by force.
trap exit INT TERM

# Prints what the format in $1 asks for, and sends the rest as a request.
request() {
  format=$1
  shift
  curl --silent --output /dev/null --max-time 5 --write-out "$format" \
    --header 'content-type: application/json' "$@"
}

# Calls a method without any field of its request set: the five bytes are the head of a message of
# length 0.
call() {
  printf '\0\0\0\0\0' | curl --silent --output /dev/null --max-time 5 --http2-prior-knowledge \
    --header 'content-type: application/grpc' --header 'te: trailers' --data-binary @- \
    "http://app:50051/user.v1.UserService/$1"
}

while sleep 0.5; do
  count=$((count + 1))
  user=$(request '%header{location}' "$http/users" \
    --data "{\"name\": \"Load\", \"email\": \"load-$$-$count@example.com\"}")
  if [ -n "$user" ]; then
    request '' "$http$user"
    request '' --request PUT "$http$user" \
      --data "{\"name\": \"More load\", \"email\": \"load-$$-$count@example.com\"}"
    request '' --request DELETE "$http$user"
    request '' "$http$user"
  fi
  request '' "$http/users?limit=10"
  request '' "$http/users" --data '{"name": ""}'
  call ListUsers
  call GetUser
done
